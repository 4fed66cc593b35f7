//! Converts text from events to HTML.

/// Escapes text for HTML, in an element or in a quoted attribute. Control characters, which HTML
/// does not allow, become U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(character),
            '\r' => {}
            control if control.is_control() => html.push('\u{fffd}'),
            other => html.push(other),
        }
    }
    html
}

/// Escapes text and isolates its direction, so that it does not affect the text around it.
pub(super) fn isolated(text: &str) -> String {
    format!("<bdi dir=\"auto\">{}</bdi>", escaped(text))
}

/// Escapes a message of the inspector, in which code is in backticks.
pub(super) fn with_code(message: &str) -> String {
    let mut html = String::new();
    for (index, part) in message.split('`').enumerate() {
        if index % 2 == 0 {
            html.push_str(&escaped(part));
        } else {
            html.push_str("<code dir=\"auto\">");
            html.push_str(&escaped(part));
            html.push_str("</code>");
        }
    }
    html
}
