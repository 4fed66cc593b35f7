//! Tests of the HTML file.

use super::{event_html, page_end, page_start, parts::findings_html};
use crate::{
    conversation::record::ConversationRecord,
    event::model::Event,
    ingest::import::read_lines,
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Verdict},
};

const MARKUP: &str = r#"<script>alert(1)</script><img src=//evil.example/x onerror='alert(1)'>"><a href=javascript:alert(1)>&amp;"#;

fn event(call: &serde_json::Value) -> Event {
    let line = call.to_string();
    read_lines(std::iter::once(line.as_str()))
        .remove(0)
        .unwrap()
}

fn page(id: &str, calls: &[serde_json::Value]) -> String {
    let events: Vec<_> = calls.iter().map(event).collect();
    let mut record = ConversationRecord::new(id, &events[0]);
    for event in &events {
        record.add_event(event);
    }
    let rows: String = events.iter().map(event_html).collect();
    page_start(&record.to_summary(), Timestamp(0)) + &rows + &page_end()
}

#[test]
fn text_from_events_is_escaped_everywhere() {
    let names = [
        "Message Sent",
        "Message Received",
        "Action Invoked",
        "Media Generated",
        "Component Loaded",
        "Feedback Submitted",
        "Conversation Ended",
        MARKUP,
    ];
    let calls = names.map(|name| {
        serde_json::json!({
            "type": "track", "event": name, "userId": MARKUP, "anonymousId": MARKUP, "messageId": MARKUP,
            "properties": {
                "conversationId": MARKUP, "messageId": MARKUP, "message_body": MARKUP, "role": MARKUP,
                "type": MARKUP, "action": MARKUP, "sub_type": MARKUP, "outcome": MARKUP,
                "rating": MARKUP, "completion": MARKUP, "duration_ms": MARKUP, "messageBody": MARKUP,
                "message_count": MARKUP, "cost_usd": [MARKUP], MARKUP: MARKUP,
            },
        })
    });
    let mut calls = Vec::from(calls);
    calls.push(serde_json::json!({ "type": MARKUP, "userId": "u" }));
    let html = page(MARKUP, &calls);
    for unescaped in ["<script", "<img", "<a ", "href", "src=", "\">&amp;"] {
        let found = html.match_indices(unescaped).find(|(at, _)| {
            // `src=` and `href` may only occur as text, after an escaped `<`.
            unescaped.starts_with('<') || html[..*at].rfind('<') > html[..*at].rfind('>')
        });
        assert_eq!(found, None, "{unescaped}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn the_file_contains_the_whole_conversation() {
    let sent = |body: &str| {
        serde_json::json!({
            "type": "track", "event": "Message Sent", "userId": "u-1", "messageId": body,
            "timestamp": "2026-01-02T03:04:05.678Z",
            "properties": {"conversationId": "c-1", "messageId": "m", "message_body": body},
        })
    };
    let mut measured = sent("measured");
    measured["event"] = "Message Received".into();
    measured["properties"]["duration_ms"] = 12.5.into();
    let html = page("c-1", &[measured]);
    assert!(
        html.contains("duration <bdi dir=\"auto\">12.5</bdi> ms"),
        "{html}"
    );
    let long = "word ".repeat(5_000);
    let html = page(
        "c-1",
        &[sent("hello\nthere"), sent(&long), sent("\u{0}\u{202e}x")],
    );
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    assert!(html.contains("<title>Conversation c-1</title>"));
    assert!(html.contains(">hello\nthere</p>"));
    assert!(html.contains(&long), "the text is not truncated");
    assert!(html.contains("2026-01-02 03:04:05.678</time>"));
    assert!(
        html.contains("\u{fffd}\u{202e}x</p>"),
        "a null character is not allowed in HTML"
    );
    assert!(html.contains("<li class=\"note\"><b>note</b> no Conversation Started event"));
}

#[test]
fn the_number_of_omitted_findings_is_shown() {
    for (omitted, text) in [
        (1, "1 further finding is not shown."),
        (2, "2 further findings are not shown."),
    ] {
        let mut verdict = Verdict::default();
        verdict.reject(FindingCode::TooLarge, "", "");
        verdict.omitted = omitted;
        let html = findings_html(&verdict);
        assert!(html.contains(text), "{html}");
    }
}
