//! A chart in letters, for a terminal.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Style};
use ratatui_core::symbols::Marker;
use ratatui_core::widgets::Widget as _;
use ratatui_widgets::chart::{Axis, Chart, Dataset, GraphType};

use super::figure::{Figure, Shape, moment, number};
use crate::output::cell::{padded, shortened, width};

/// Lines of a drawing, the axis included.
const HEIGHT: u16 = 18;

/// The chart on lines of so many letters, with its title above and its notes below.
pub(crate) fn draw(figure: &Figure, columns: usize) -> String {
    let mut text = format!("{}\n", shortened(&figure.title, columns).0);
    match &figure.shape {
        Shape::Bars(bars) => text.push_str(&horizontal(bars, columns)),
        Shape::Line {
            points,
            is_time,
            x,
            y,
        } => {
            text.push_str(&line(points, *is_time, (x, y), columns));
        }
    }
    for note in &figure.notes {
        text.push_str(&format!("({note})\n"));
    }
    text
}

/// A line for each bar: its label, its length, its value. Negative ones go to the left of a common zero.
fn horizontal(bars: &[(String, f64)], columns: usize) -> String {
    let labels = bars
        .iter()
        .map(|(label, _)| shortened(label, columns / 3).0);
    let labels: Vec<String> = labels.collect();
    let values: Vec<String> = bars.iter().map(|(_, value)| number(*value)).collect();
    let widest = |texts: &[String]| {
        texts
            .iter()
            .map(|text| width(text))
            .max()
            .unwrap_or_default()
    };
    let (label, value) = (widest(&labels), widest(&values));
    let room = columns.saturating_sub(label + value + 4).max(10);
    let least = bars
        .iter()
        .map(|(_, value)| value.min(0.0))
        .fold(0.0, f64::min);
    let most = bars
        .iter()
        .map(|(_, value)| value.max(0.0))
        .fold(0.0, f64::max);
    let span = most - least;
    let mut text = String::new();
    for ((name, shown), (_, amount)) in labels.iter().zip(&values).zip(bars) {
        let scale = if span > 0.0 { room as f64 / span } else { 0.0 };
        let zero = (-least * scale).round() as usize;
        let bar = match *amount < 0.0 {
            true => {
                let length = ((-amount * scale).round() as usize).min(zero);
                format!("{}{}", " ".repeat(zero - length), "█".repeat(length))
            }
            false => format!("{}{}", " ".repeat(zero), eighths(amount * scale)),
        };
        let row = format!("{} │{} {}", padded(name, label, false), bar, shown);
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// A bar of this length, to an eighth of a letter; what is not nothing is seen.
fn eighths(length: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let mut eighths = (length * 8.0).round() as usize;
    if length > 0.0 {
        eighths = eighths.max(1);
    }
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{part}", "█".repeat(eighths / 8))
}

fn line(points: &[(f64, f64)], is_time: bool, names: (&str, &str), columns: usize) -> String {
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(of);
        values.fold((f64::MAX, f64::MIN), |(least, most), value| {
            (least.min(value), most.max(value))
        })
    };
    let apart = |(least, most): (f64, f64)| match least == most {
        true => (least - 1.0, most + 1.0),
        false => (least, most),
    };
    let (left, right) = apart(ends(|point| point.0));
    let (bottom, top) = apart(ends(|point| point.1));
    let shown = |value: f64| match is_time {
        true => moment(value, right - left),
        false => number(value),
    };
    let middle = f64::midpoint;
    let marks = [left, middle(left, right), right].map(shown);
    let heights = [bottom, middle(bottom, top), top].map(number);
    let dataset = Dataset::default()
        .marker(Marker::Braille)
        .graph_type(GraphType::Line)
        .style(Style::default().fg(Color::Reset))
        .data(points);
    let chart = Chart::new(vec![dataset])
        .x_axis(
            Axis::default()
                .bounds([left, right])
                .labels(marks)
                .title(names.0),
        )
        .y_axis(
            Axis::default()
                .bounds([bottom, top])
                .labels(heights)
                .title(names.1),
        );
    let area = Rect::new(0, 0, u16::try_from(columns.min(200)).unwrap_or(200), HEIGHT);
    let mut buffer = Buffer::empty(area);
    chart.render(area, &mut buffer);
    let mut text = String::new();
    for row in 0..area.height {
        let mut line = String::new();
        let mut column = 0;
        while column < area.width {
            let symbol = buffer.cell((column, row)).map_or(" ", |cell| cell.symbol());
            line.push_str(symbol);
            column += u16::try_from(width(symbol).max(1)).unwrap_or(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(bars: &[(&str, f64)]) -> Figure {
        Figure {
            title: "n by status".to_owned(),
            notes: vec!["1 row left out".to_owned()],
            shape: Shape::Bars(
                bars.iter()
                    .map(|(label, value)| ((*label).to_owned(), *value))
                    .collect(),
            ),
        }
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let shown = draw(
            &bars(&[("open", 20.0), ("日本", 10.0), ("none", 0.0), ("few", 0.01)]),
            32,
        );
        assert_eq!(
            shown,
            "n by status\n\
             open │████████████████████ 20\n\
             日本 │██████████ 10\n\
             none │ 0\n\
             few  │▏ 0.01\n\
             (1 row left out)\n"
        );
        let shown = draw(&bars(&[("up", 10.0), ("down", -10.0)]), 31);
        assert_eq!(
            shown,
            "n by status\nup   │          ██████████ 10\ndown │██████████ -10\n(1 row left out)\n"
        );
    }

    #[test]
    fn a_line_stays_on_the_screen_and_names_its_axes() {
        for columns in [40, 80, 300] {
            let points = (0..500)
                .map(|it| (f64::from(it), f64::from(it * it)))
                .collect();
            let figure = Figure {
                title: "n over x".to_owned(),
                notes: Vec::new(),
                shape: Shape::Line {
                    points,
                    is_time: false,
                    x: "x".to_owned(),
                    y: "n".to_owned(),
                },
            };
            let shown = draw(&figure, columns);
            assert_eq!(shown.lines().count(), 19, "{shown}");
            assert!(shown.lines().all(|line| width(line) <= columns), "{shown}");
            assert!(
                shown.contains("249,001") && shown.contains("499"),
                "{shown}"
            );
        }
        let flat = Figure {
            title: "one".to_owned(),
            notes: Vec::new(),
            shape: Shape::Line {
                points: vec![(1.0, 5.0)],
                is_time: true,
                x: "at".to_owned(),
                y: "n".to_owned(),
            },
        };
        assert!(draw(&flat, 60).contains('┤') || draw(&flat, 60).contains('│'));
    }
}
