//! A chart as SVG, for pages.
//!
//! Colours are stand-ins that the page's style replaces, so that one drawing serves light and dark.

use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::element::{Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoFont as _, RGBColor, ShapeStyle, TextStyle};

use super::figure::{Figure, Shape, moment, number};
use crate::output::cell::{shortened, width};

/// Stand-ins: the ink of texts, the rules between them, and what is drawn.
const INK: RGBColor = RGBColor(1, 1, 1);
const RULE: RGBColor = RGBColor(2, 2, 2);
const MARK: RGBColor = RGBColor(3, 3, 3);

/// What turns the stand-ins into the colours of a page.
pub(crate) const STYLE: &str = "\
svg [fill=\"#010101\"]{fill:var(--ink)}\
svg [stroke=\"#010101\"]{stroke:var(--ink)}\
svg [fill=\"#020202\"]{fill:var(--rule)}\
svg [stroke=\"#020202\"]{stroke:var(--rule)}\
svg [fill=\"#030303\"]{fill:var(--mark)}\
svg [stroke=\"#030303\"]{stroke:var(--mark)}";

const LETTERS: f64 = 14.0;
const ROW: i32 = 28;

type Failed = DrawingAreaErrorKind<std::io::Error>;

/// The chart in so many units from left to right; `None` if it cannot be drawn.
pub(crate) fn svg(figure: &Figure, across: u32) -> Option<String> {
    let mut text = String::new();
    let drawn = match &figure.shape {
        Shape::Bars(bars) => horizontal(bars, across, &mut text),
        Shape::Line {
            points, is_time, ..
        } => line(points, *is_time, across, &mut text),
    };
    drawn.ok()?;
    // Labels are text for everybody, the drawing as a whole is a picture with a name.
    let from = text.find("<svg")?;
    Some(
        text.split_off(from)
            .replacen("<svg ", "<svg role=\"img\" ", 1),
    )
}

fn letters() -> TextStyle<'static> {
    ("system-ui, sans-serif", LETTERS).into_font().color(&INK)
}

fn horizontal(bars: &[(String, f64)], across: u32, text: &mut String) -> Result<(), Failed> {
    let height = ROW * i32::try_from(bars.len()).unwrap_or(1) + 8;
    let size = (across, u32::try_from(height).unwrap_or(36));
    let across = i32::try_from(across).unwrap_or(400);
    let area = SVGBackend::with_string(text, size).into_drawing_area();
    let cut = usize::try_from(across / 26).unwrap_or(12);
    let labels: Vec<String> = bars
        .iter()
        .map(|(label, _)| shortened(label, cut).0)
        .collect();
    let values: Vec<String> = bars.iter().map(|(_, value)| number(*value)).collect();
    // Letters are measured roughly: a page may have any font.
    let room = |texts: &[String]| {
        let widest = texts
            .iter()
            .map(|text| width(text))
            .max()
            .unwrap_or_default();
        (widest as f64 * LETTERS * 0.58).ceil() as i32 + 12
    };
    let (left, right) = (room(&labels), across - room(&values));
    let least = bars
        .iter()
        .map(|(_, value)| value.min(0.0))
        .fold(0.0, f64::min);
    let most = bars
        .iter()
        .map(|(_, value)| value.max(0.0))
        .fold(0.0, f64::max);
    let span = if most > least { most - least } else { 1.0 };
    let place =
        |value: f64| left + (f64::from(right - left) * (value - least) / span).round() as i32;
    let at = |h_pos, v_pos| letters().pos(Pos::new(h_pos, v_pos));
    for (row, ((label, shown), (_, value))) in labels.iter().zip(&values).zip(bars).enumerate() {
        let middle = 4 + ROW * i32::try_from(row).unwrap_or_default() + ROW / 2;
        let (zero, end) = (place(0.0), place(*value));
        let ends = [
            (zero.min(end), middle - ROW / 3),
            (zero.max(end).max(zero.min(end) + 1), middle + ROW / 3),
        ];
        area.draw(&Rectangle::new(ends, MARK.filled()))?;
        let before = at(HPos::Right, VPos::Center);
        area.draw(&Text::new(label.clone(), (left - 8, middle), before))?;
        let behind = at(HPos::Left, VPos::Center);
        area.draw(&Text::new(
            shown.clone(),
            (zero.max(end) + 6, middle),
            behind,
        ))?;
    }
    area.present()
}

fn line(
    points: &[(f64, f64)],
    is_time: bool,
    across: u32,
    text: &mut String,
) -> Result<(), Failed> {
    let area =
        SVGBackend::with_string(text, (across, across.min(900) * 2 / 5 + 120)).into_drawing_area();
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(of);
        let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        match least == most {
            true => (least - 1.0, most + 1.0),
            false => (least, most),
        }
    };
    let (left, right) = ends(|point| point.0);
    let (bottom, top) = ends(|point| point.1);
    // A line that could begin at nothing does.
    let bottom = if bottom > 0.0 && bottom < top / 2.0 {
        0.0
    } else {
        bottom
    };
    let shown = |value: &f64| match is_time {
        true => moment(*value, right - left),
        false => number(*value),
    };
    let widest = [bottom, top].map(|value| width(&number(value)));
    let margin = widest.into_iter().max().unwrap_or(4) as f64 * LETTERS * 0.6 + 16.0;
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(28)
        .x_label_area_size(32)
        .y_label_area_size(margin as u32)
        .build_cartesian_2d(left..right, bottom..top)?;
    let thin = |color: RGBColor| ShapeStyle::from(&color).stroke_width(1);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(plotters::style::TRANSPARENT)
        .bold_line_style(thin(RULE))
        .axis_style(thin(RULE))
        .label_style(letters())
        .x_labels(usize::try_from(across / 140).unwrap_or(4).max(2))
        .y_labels(5)
        .x_label_formatter(&shown)
        .y_label_formatter(&|value| number(*value))
        .draw()?;
    let style = ShapeStyle::from(&MARK).stroke_width(2);
    chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
    area.present()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn labels_of_strangers_are_text() {
        let bars = vec![("<script>alert(1)</script>&\"'".to_owned(), 1.0)];
        let figure = Figure {
            title: String::new(),
            notes: Vec::new(),
            shape: Shape::Bars(bars),
        };
        let drawn = svg(&figure, 900).unwrap();
        assert!(drawn.starts_with("<svg role=\"img\" ") && drawn.trim_end().ends_with("</svg>"));
        assert!(
            drawn.contains("&lt;script&gt;") && !drawn.contains("<script"),
            "{drawn}"
        );
    }

    #[test]
    fn every_colour_is_a_stand_in() {
        for shape in [
            Shape::Bars(vec![("a".to_owned(), 2.0), ("b".to_owned(), -1.0)]),
            Shape::Line {
                points: vec![(0.0, 1.0), (1.0, 3.0)],
                is_time: false,
                x: String::new(),
                y: String::new(),
            },
        ] {
            let figure = Figure {
                title: String::new(),
                notes: Vec::new(),
                shape,
            };
            let drawn = svg(&figure, 400).unwrap();
            for part in drawn.split(['"', ' ']).filter(|part| part.starts_with('#')) {
                assert!(STYLE.contains(part), "{part} in {drawn}");
            }
        }
    }
}
