//! Draws the plot: the time of one annotated call with each library, on a logarithmic scale.

use std::fmt::Write as _;

use crate::measurement_names::BURST;
use crate::results::{Results, number};
use crate::subjects::ALL;

const LEFT: f64 = 270.0;
const WIDTH: f64 = 820.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 56.0;
const LINE: f64 = 26.0;
/// The start of the scale, in nanoseconds.
const FROM: f64 = 1.0;

pub(super) fn draw(results: &Results) -> String {
    let bars: Vec<_> = ALL
        .iter()
        .filter_map(|subject| {
            Some((
                subject,
                results.stat(BURST, *subject, "mean")?,
                results.stat(BURST, *subject, "p999")?,
            ))
        })
        .collect();
    let longest = bars
        .iter()
        .map(|(_, mean, p999)| mean.median.max(p999.median))
        .fold(10_000.0, f64::max);
    let decades = longest.log10().ceil();
    let x = |nanos: f64| {
        LEFT + (nanos.max(FROM).log10() / decades).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    };
    let bottom = TOP + LINE * bars.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title>Time of one annotated call: mean and p99.9, nanoseconds, logarithmic</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"600\">One annotated call on the caller’s thread, in a burst</text>\n\
         <text x=\"16\" y=\"42\" fill=\"#57606a\">bar: mean · dot: p99.9 · logarithmic</text>\n",
        height = bottom + 34.0
    );
    let mut mark = 1.0;
    while mark <= 10f64.powf(decades) {
        let at = x(mark);
        let label = match mark {
            m if m >= 1e6 => format!("{} ms", m / 1e6),
            m if m >= 1e3 => format!("{} µs", m / 1e3),
            m => format!("{m} ns"),
        };
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#d8dee4\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#57606a\">{label}</text>",
            bottom + 18.0
        );
        mark *= 10.0;
    }
    for (place, (subject, mean, p999)) in bars.iter().enumerate() {
        let y = TOP + LINE * place as f64;
        let ours = subject.package == "peer-copilot-track";
        let color = if ours { "#1a7f5a" } else { "#8c959f" };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\"{weight}>{}</text>\
             <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\" rx=\"2\" fill=\"{color}\"/>\
             <circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"#ffffff\" stroke=\"#cf222e\" stroke-width=\"1.5\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#24292f\">{}</text>",
            LEFT - 10.0,
            y + 17.0,
            subject.name.replace('&', "&amp;"),
            y + 6.0,
            (x(mean.median) - LEFT).max(1.0),
            x(p999.median),
            y + 13.0,
            x(mean.median.max(p999.median)) + 9.0,
            y + 17.0,
            number(mean.median),
            weight = if ours { " font-weight=\"600\"" } else { "" },
        );
    }
    svg.push_str("</svg>\n");
    svg
}
