//! Parts of the file that occur in several places.

use super::escape::with_code;
use crate::{timestamp::Timestamp, verdict::findings::Verdict};

/// Returns a date and time, without the letters of ISO 8601.
pub(super) fn time_html(at: Timestamp) -> String {
    let iso = at.to_iso8601();
    let shown = iso.replace('T', " ").replace('Z', "");
    format!("<time datetime=\"{iso}\">{shown}</time>")
}

/// Returns the findings of a verdict as a list. It is empty if there are no findings.
pub(super) fn findings_html(verdict: &Verdict) -> String {
    if verdict.findings.is_empty() {
        return String::new();
    }
    let mut html = "<ul class=\"findings\">".to_owned();
    for finding in &verdict.findings {
        let severity = finding.severity.as_str();
        for part in ["<li class=\"", severity, "\"><b>", severity, "</b> "] {
            html.push_str(part);
        }
        html.push_str(&with_code(&finding.message));
        html.push_str("</li>");
    }
    if verdict.omitted > 0 {
        html.push_str("<li>");
        html.push_str(&verdict.omitted.to_string());
        html.push_str(match verdict.omitted {
            1 => " further finding is not shown.</li>",
            _ => " further findings are not shown.</li>",
        });
    }
    html.push_str("</ul>\n");
    html
}
