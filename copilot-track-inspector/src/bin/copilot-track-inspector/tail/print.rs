//! Prints events as lines of text or JSON.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use super::{
    describe::describe,
    escape::field,
    style::{BOLD, FAINT, GREEN, MAGENTA, RED, YELLOW},
};

pub(crate) struct Printer {
    json: bool,
    colored: bool,
    /// The conversation whose heading was printed last.
    conversation: Option<String>,
}

impl Printer {
    pub(crate) fn stdout(json: bool) -> Self {
        Self {
            json,
            colored: !json
                && io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            conversation: None,
        }
    }

    pub(crate) fn event(&mut self, event: &Value) -> io::Result<()> {
        let text = if self.json {
            format!("{event}\n")
        } else {
            self.lines(event)
        };
        print(&text)
    }

    /// Prints a notice that events cannot be written. If `write_error` is `None`, the notice says
    /// that events can be written again.
    pub(crate) fn not_written(&mut self, write_error: Option<&Value>) -> io::Result<()> {
        let text = self.write_error_line(write_error);
        print(&text)
    }

    /// Prints a notice between the events. If events are printed as JSON, the notice goes to stderr
    /// instead.
    pub(crate) fn notice(&mut self, text: &str) -> io::Result<()> {
        if self.json {
            eprintln!("{text}");
            return Ok(());
        }
        self.conversation = None;
        writeln!(
            io::stdout(),
            "{}",
            self.styled(FAINT, &format!("── {text}"))
        )
    }

    fn write_error_line(&mut self, write_error: Option<&Value>) -> String {
        if self.json {
            return format!("{}\n", json!({ "notWritten": write_error }));
        }
        self.conversation = None;
        let (color, text) = match write_error {
            Some(write_error) => (
                RED,
                format!(
                    "── events cannot be written ({}); trackers receive status 503 and retry",
                    field(write_error, "error")
                ),
            ),
            None => (GREEN, "── events can be written again".to_owned()),
        };
        format!("\n{}\n", self.styled(color, &text))
    }

    fn lines(&mut self, event: &Value) -> String {
        let mut lines = String::new();
        let conversation = field(event, "conversationId");
        if self.conversation.as_deref() != Some(&conversation) {
            lines.push_str(&self.heading(&conversation, event));
            self.conversation = Some(conversation);
        }
        let time = occurred_at(event)
            .get(11..19)
            .unwrap_or_default()
            .to_owned();
        let (color, label, content) = describe(event);
        let (time, label) = (
            self.styled(FAINT, &time),
            self.styled(color, &format!("{label:>10}")),
        );
        lines.extend([&time, " ", &label, " ", &content]);
        let retries = event
            .pointer("/delivery/retryCount")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        if retries > 0 {
            lines.push_str(&self.styled(YELLOW, &format!("  (retry {retries})")));
        }
        if event.get("late") == Some(&Value::Bool(true)) {
            lines.push_str(&self.styled(YELLOW, "  (late)"));
        }
        lines.push('\n');
        let findings = event.pointer("/verdict/findings").and_then(Value::as_array);
        for finding in findings.into_iter().flatten() {
            let severity = field(finding, "severity");
            let color = match severity.as_str() {
                "rejected" => MAGENTA,
                "error" => RED,
                "warning" => YELLOW,
                _ => continue,
            };
            let source = match field(finding, "source").as_str() {
                "tracking_api" => "Tracking API",
                "warehouse" => "Warehouse",
                "tracking_plan" => "Tracking plan",
                _ => "Spec",
            };
            let text = format!("{severity} ({source}): {}", field(finding, "message"));
            lines.extend([&" ".repeat(20), &self.styled(color, &text), "\n"]);
        }
        let omitted = event.pointer("/verdict/omitted").and_then(Value::as_u64);
        if let Some(omitted) = omitted {
            let noun = if omitted == 1 { "finding" } else { "findings" };
            let text = format!("and {omitted} further {noun}");
            lines.extend([&" ".repeat(20), &self.styled(FAINT, &text), "\n"]);
        }
        lines
    }

    fn heading(&self, conversation: &str, event: &Value) -> String {
        let user = [field(event, "userId"), field(event, "anonymousId")];
        let user = user
            .iter()
            .find(|id| !id.is_empty())
            .map_or_else(String::new, |id| format!(" · {id}"));
        let title = if conversation.is_empty() {
            "outside conversations".to_owned()
        } else {
            format!("conversation {conversation}{user}")
        };
        format!("\n{}\n", self.styled(BOLD, &format!("── {title}")))
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.colored {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Returns the time at which an event happened.
pub(super) fn occurred_at(event: &Value) -> String {
    match field(event, "occurredAt") {
        time if time.is_empty() => field(event, "receivedAt"),
        time => time,
    }
}

/// Prints text and flushes stdout.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::{
        super::escape::{MAX_CHARS, escape},
        *,
    };

    fn printer(colored: bool) -> Printer {
        Printer {
            json: false,
            colored,
            conversation: None,
        }
    }

    #[test]
    fn text_from_requests_cannot_control_the_terminal() {
        let evil = "\x1b[2J\u{9b}31m\u{7}\u{202e}a\nb";
        let event = json!({
            "type": "track", "event": "Message Sent", "conversationId": evil, "userId": evil,
            "receivedAt": "2026-01-02T03:04:05.678Z", "text": evil, "properties": {"role": evil},
            "verdict": {"findings": [{"severity": "error", "message": evil}]},
        });
        let lines = printer(false).lines(&event);
        assert!(
            lines.chars().all(|c| c == '\n' || !c.is_control()),
            "{lines:?}"
        );
        assert!(!lines.contains('\u{202e}'));
        assert!(lines.contains("“\\u{1b}[2J"), "{lines}");
        assert_eq!(lines.lines().count(), 4, "{lines}");
    }

    #[test]
    fn each_conversation_has_a_heading_and_each_event_a_line() {
        let event = |name: &str, conversation: &str, properties: Value| {
            json!({"type": "track", "event": name, "conversationId": conversation, "userId": "u",
                   "receivedAt": "2026-01-02T03:04:09.678Z", "text": "hi", "properties": properties,
                   "occurredAt": "2026-01-02T03:04:05.678Z", "late": conversation == "c2",
                   "delivery": {"retryCount": 2}})
        };
        let mut printer = printer(false);
        let mut all = String::new();
        for (name, conversation, properties) in [
            ("Message Sent", "c1", json!({})),
            (
                "Action Invoked",
                "c1",
                json!({"type": "Inventory", "action": "check"}),
            ),
            ("Message Received", "c2", json!({"role": "ai_agent"})),
            ("Conversation Ended", "c2", json!({"message_count": 1})),
        ] {
            all.push_str(&printer.lines(&event(name, conversation, properties)));
        }
        assert_eq!(
            all,
            "\n── conversation c1 · u\n\
             03:04:05   customer “hi”  (retry 2)\n\
             03:04:05       tool Inventory · check  (retry 2)\n\
             \n── conversation c2 · u\n\
             03:04:05   ai_agent “hi”  (retry 2)  (late)\n\
             03:04:05      ended after 1 message  (retry 2)  (late)\n"
        );
    }

    #[test]
    fn the_number_of_omitted_findings_is_printed() {
        for (omitted, text) in [
            (1, "and 1 further finding\n"),
            (2, "and 2 further findings\n"),
        ] {
            let event = json!({"type": "track", "verdict": {"omitted": omitted}});
            let lines = printer(false).lines(&event);
            assert!(lines.ends_with(text), "{lines}");
        }
    }

    #[test]
    fn write_errors_are_printed_in_color() {
        let write_error = json!({"error": "disk\x1b[2J is full", "events": 2});
        let mut printer = printer(true);
        assert_eq!(
            printer.write_error_line(Some(&write_error)),
            "\n\x1b[31m── events cannot be written (disk\\u{1b}[2J is full); trackers receive status 503 and \
             retry\x1b[0m\n"
        );
        assert_eq!(
            printer.write_error_line(None),
            "\n\x1b[32m── events can be written again\x1b[0m\n"
        );
        printer.json = true;
        assert_eq!(
            printer.write_error_line(Some(&write_error)),
            format!("{}\n", json!({ "notWritten": write_error }))
        );
        assert_eq!(printer.write_error_line(None), "{\"notWritten\":null}\n");
    }

    #[test]
    fn malformed_events_are_printed_as_lines() {
        for event in [
            json!({}),
            json!({"type": 5, "properties": [1]}),
            json!({"type": "request", "event": null}),
        ] {
            assert!(printer(true).lines(&event).ends_with('\n'));
        }
        assert_eq!(
            escape(&"日".repeat(402))
                .chars()
                .filter(|c| *c == '日')
                .count(),
            MAX_CHARS
        );
    }
}
