//! One page with nothing from elsewhere: a table to sort, and a chart above it.
//!
//! Rows are what strangers wrote. All of it is text here, and the page allows no script but its own, which is known by its
//! hash. Until its last line the page says that it is not complete.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use zuzen_engine::files::Zone;

use super::cell::{NULL, names, texts};
use crate::chart::{Gathered, STYLE, Wish, svg};

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("sort.js");
/// Of the script, for the page's rules; `openssl dgst -sha256 -binary sort.js | base64`.
const SCRIPT_HASH: &str = "/bZHre0yndtIF1BIx16xaER0T9cjhvUIdEZ29Bz6BNU=";

/// Units across: for a desktop, and for a phone.
const WIDE: u32 = 900;
const NARROW: u32 = 420;

/// A text with more letters gets a window of its own, so that its row does not fill the screen.
const LONG: usize = 400;

/// A page that is being written.
pub(super) struct Html {
    schema: SchemaRef,
    zone: Zone,
    names: Vec<String>,
    kinds: Vec<Kind>,
    /// `None` if no column makes a chart.
    chart: Option<Gathered>,
    rows: usize,
}

impl Html {
    pub(super) fn new(schema: &SchemaRef, zone: &Zone) -> Self {
        Self {
            schema: SchemaRef::clone(schema),
            zone: zone.clone(),
            names: names(schema),
            kinds: schema
                .fields()
                .iter()
                .map(|field| Kind::of(field.data_type()))
                .collect(),
            chart: Gathered::new(schema, &Wish::default(), zone).ok(),
            rows: 0,
        }
    }

    pub(super) fn begin(&self) -> String {
        let title = escaped(&self.names.join(", "));
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'sha256-{SCRIPT_HASH}'\">\n\
             <title>{title}</title>\n<style>\n{PAGE_STYLE}{STYLE}\n</style>\n</head>\n<body>\n\
             <p id=\"unfinished\">This page is not complete: its writing was broken off, or goes on.</p>\n\
             <main>\n<div class=\"scroll\" role=\"region\" aria-label=\"rows\" tabindex=\"0\">\n<table>\n<thead><tr>"
        );
        for (name, kind) in self.names.iter().zip(&self.kinds) {
            let name = escaped(name);
            text.push_str(&format!(
                "<th scope=\"col\"{}><button type=\"button\">{name}</button></th>",
                kind.class()
            ));
        }
        text.push_str("</tr></thead>\n<tbody>\n");
        text
    }

    pub(super) fn rows(&mut self, batch: &RecordBatch) -> Result<String, ArrowError> {
        self.rows += batch.num_rows();
        if let Some(chart) = &mut self.chart {
            chart.add(batch)?;
        }
        let columns = texts(batch, &self.zone)?;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            text.push_str("<tr>");
            for (column, kind) in columns.iter().zip(&self.kinds) {
                match column.get(row).and_then(Option::as_deref) {
                    Some(cell) if cell.chars().count() > LONG => {
                        let cell = escaped(cell);
                        text.push_str(&format!("<td class=\"long\"><div>{cell}</div></td>"));
                    }
                    Some(cell) => {
                        let cell = escaped(cell);
                        text.push_str(&format!("<td{}>{cell}</td>", kind.class()));
                    }
                    None => {
                        let class = match kind {
                            Kind::Number => "null n",
                            Kind::Time | Kind::Text => "null",
                        };
                        text.push_str(&format!("<td class=\"{class}\">{NULL}</td>"));
                    }
                }
            }
            text.push_str("</tr>\n");
        }
        Ok(text)
    }

    pub(super) fn finish(mut self) -> String {
        let mut text = String::from("</tbody>\n</table>\n</div>\n");
        let figure = self
            .chart
            .take()
            .filter(Gathered::tells_something)
            .and_then(|chart| chart.figure(&self.schema));
        if let Some(figure) = figure
            && let (Some(wide), Some(narrow)) = (svg(&figure, WIDE), svg(&figure, NARROW))
        {
            let notes: String = figure
                .notes
                .iter()
                .map(|note| format!(" <small>({})</small>", escaped(note)))
                .collect();
            let label = format!("<svg aria-label=\"{}\" ", escaped(&figure.title));
            let wide = wide.replacen("<svg ", &format!("{label}class=\"wide\" "), 1);
            let narrow = narrow.replacen("<svg ", &format!("{label}class=\"narrow\" "), 1);
            text.push_str(&format!(
                "<figure>\n<figcaption>{}{notes}</figcaption>\n{wide}\n{narrow}\n</figure>\n",
                escaped(&figure.title)
            ));
        }
        let rows = match self.rows {
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        };
        text.push_str(&format!(
            "<footer>{rows}</footer>\n</main>\n<script>{SCRIPT}</script>\n\
             <style>#unfinished{{display:none}}</style>\n</body>\n</html>\n"
        ));
        text
    }
}

/// How a column is sorted, which its header's class tells the script.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Time,
    Text,
}

impl Kind {
    fn of(of: &DataType) -> Self {
        match of {
            of if of.is_numeric() => Self::Number,
            DataType::Timestamp(..)
            | DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_) => Self::Time,
            _ => Self::Text,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Number => " class=\"n\"",
            Self::Time => " class=\"t\"",
            Self::Text => "",
        }
    }
}

/// Text that is nothing but text, inside elements and inside quoted attributes.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn page(texts: Vec<Option<&str>>, name: &str) -> String {
        let numbers = Int64Array::from_iter_values(0..texts.len() as i64);
        let batch = RecordBatch::try_from_iter(vec![
            (name, Arc::new(StringArray::from(texts)) as ArrayRef),
            ("n", Arc::new(numbers) as ArrayRef),
        ])
        .unwrap();
        let mut page = Html::new(&batch.schema(), &Zone::new(None));
        let mut text = page.begin();
        text.push_str(&page.rows(&batch).unwrap());
        text.push_str(&page.finish());
        text
    }

    #[test]
    fn no_script_gets_in() {
        let attacks = vec![
            Some("<script>alert(1)</script>"),
            Some("\"><img src=x onerror=alert(1)>"),
            Some("</td></table></style><script src=//evil.example></script>"),
            Some("javascript:alert(1)"),
            Some("<!--"),
            Some("]]>&lt;"),
            None,
        ];
        let text = page(attacks, "</title><script>x</script>");
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("</script").count(), 1);
        assert!(!text.contains("<img") && !text.contains("<!--"));
        // Every opening bracket is one of the page's own elements.
        let own = [
            "!doctype",
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "p",
            "main",
            "div",
            "table",
            "thead",
            "tr",
            "th",
            "button",
            "tbody",
            "td",
            "figure",
            "figcaption",
            "svg",
            "rect",
            "text",
            "footer",
            "script",
        ];
        let outside = text.replace(SCRIPT, "").replace(PAGE_STYLE, "");
        for part in outside.split('<').skip(1) {
            let word = part.trim_start_matches('/');
            let word: String = word
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '!')
                .collect();
            assert!(own.contains(&word.as_str()), "<{part}");
        }
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(
            !text.contains("http://")
                || text.matches("http://").count() == text.matches("http://www.w3.org").count()
        );
    }

    #[test]
    fn a_page_is_complete_at_its_last_line() {
        let text = page(vec![Some("a")], "status");
        let end = text.find("#unfinished{display:none}").unwrap();
        assert!(text.len() - end < 60);
        assert!(text.contains("<figcaption>n by status</figcaption>"));
        assert_eq!(text.matches("<svg").count(), 2);
        assert!(text.contains("<td class=\"n\">0</td>"));
    }

    #[test]
    fn long_texts_have_a_window_and_columns_their_kinds() {
        let long = "長".repeat(LONG + 1);
        let whole = "長".repeat(LONG);
        let at = TimestampMicrosecondArray::from(vec![Some(0), None]).with_timezone("+00:00");
        let batch = RecordBatch::try_from_iter(vec![
            (
                "text",
                Arc::new(StringArray::from(vec![long.as_str(), whole.as_str()])) as ArrayRef,
            ),
            (
                "n",
                Arc::new(Int64Array::from(vec![None, Some(1)])) as ArrayRef,
            ),
            ("at", Arc::new(at) as ArrayRef),
        ])
        .unwrap();
        let mut page = Html::new(&batch.schema(), &Zone::new(None));
        let heads = page.begin();
        for head in [
            "<th scope=\"col\"><button type=\"button\">text<",
            "<th scope=\"col\" class=\"n\"><button type=\"button\">n<",
            "<th scope=\"col\" class=\"t\"><button type=\"button\">at<",
        ] {
            assert!(heads.contains(head), "{heads}");
        }
        assert_eq!(
            page.rows(&batch).unwrap(),
            format!(
                "<tr><td class=\"long\"><div>{long}</div></td><td class=\"null n\">NULL</td>\
                 <td class=\"t\">1970-01-01 00:00:00Z</td></tr>\n\
                 <tr><td>{whole}</td><td class=\"n\">1</td><td class=\"null\">NULL</td></tr>\n"
            )
        );
    }
}
