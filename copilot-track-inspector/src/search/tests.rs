//! Tests of the query language.

use serde_json::json;

use super::{
    parse::{Term, parse},
    validate::{Search, SearchError},
};
use crate::{event::model::Event, ingest::import::read_lines, timestamp::Timestamp};

/// 2026-01-02T03:04:05Z.
const NOW: Timestamp = Timestamp(1_767_323_045_000);

fn text(text: &str) -> Term {
    Term::Text(text.to_owned())
}

fn filter(name: &str, value: &str) -> Term {
    Term::Filter {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn a_query_consists_of_words_quoted_texts_and_filters() {
    for (query, terms) in [
        ("", vec![]),
        ("  \t ", vec![]),
        ("is it  in stock", vec![text("is it  in stock")]),
        (
            "red event:x  blue\tkettle user:\"a b\"",
            vec![
                text("red"),
                filter("event", "x"),
                text("blue\tkettle"),
                filter("user", "a b"),
            ],
        ),
        (
            "\"event:x\" \"say \\\"hi\\\" \\\\ \\n\"",
            vec![text("event:x"), text("say \"hi\" \\ \\n")],
        ),
        ("EVENT:\"a\"b", vec![filter("event", "a"), text("b")]),
        // A quote that is not closed extends to the end.
        ("event:\"Message Se", vec![filter("event", "Message Se")]),
        ("\"", vec![text("")]),
        ("a \"b\\", vec![text("a"), text("b\\")]),
        // A quote within a word is text.
        ("5\" pipe", vec![text("5\" pipe")]),
        ("event:", vec![filter("event", "")]),
        ("event: x", vec![filter("event", ""), text("x")]),
        ("foo:bar:baz", vec![filter("foo", "bar:baz")]),
        // Neither URLs nor times are filters.
        (
            "https://example.com 10:30 :x é:y",
            vec![text("https://example.com 10:30 :x é:y")],
        ),
        ("日本 語", vec![text("日本 語")]),
    ] {
        assert_eq!(parse(query), terms, "{query}");
    }
}

#[test]
fn invalid_queries_have_clear_errors() {
    let long = "x".repeat(10_000);
    let many = "user:a ".repeat(21);
    for (query, error) in [
        ("foo:bar", "unknown filter `foo:`; the filters are"),
        (
            "event:",
            "`event:` needs a value, such as `event:\"Message Sent\"`",
        ),
        ("user:\" \"", "`user:` needs a value"),
        ("severity:bad", "unknown severity `bad`: expected ok, note,"),
        ("code:nothing", "unknown code `nothing`"),
        ("code:other", "unknown code `other`"),
        ("since:yesterday", "invalid time `yesterday`"),
        ("since:15", "invalid time `15`"),
        ("since:-5m", "invalid time `-5m`"),
        ("since:99999999999999999999w", "invalid time"),
        ("since:2026-13-01", "invalid time"),
        (
            "rating:good",
            "invalid value `good` for `rating:`: expected a number such as 4",
        ),
        ("rating:5..4", "invalid value `5..4`"),
        ("answer:2", "expected a duration such as 2s"),
        ("messages:..", "expected a number such as 3"),
        (
            "messages:",
            "`messages:` needs a value, such as `messages:3..4`",
        ),
        (
            "outcome:error",
            "unknown outcome `error`: expected ok, failed,",
        ),
        (&long, "longer than 2000 bytes"),
        (&many, "more than 20 terms"),
    ] {
        let message = Search::new(query, NOW).unwrap_err().to_string();
        assert!(message.contains(error), "{query}: {message}");
    }
    assert_eq!(
        Search::new("Foo:x", NOW),
        Err(SearchError::UnknownFilter("foo".to_owned()))
    );
}

/// Returns an event with this name and these properties.
fn named(name: &str, properties: &serde_json::Value) -> Event {
    let call = json!({"type": "track", "event": name, "userId": "u", "messageId": "e", "properties": properties});
    read_lines(std::iter::once(call.to_string().as_str()))
        .remove(0)
        .unwrap()
}

#[test]
fn filters_compare_the_figures_of_events() {
    let rated = named("Feedback Submitted", &json!({"rating": 4.5}));
    let unrated = named("Feedback Submitted", &json!({"rating": "4.5"}));
    let failed = named("Action Invoked", &json!({"outcome": "error"}));
    let without_outcome = named("Action Invoked", &json!({"type": "t"}));
    let answer = Event {
        answer_ms: Some(1_500),
        ..named("Message Received", &json!({"rating": 4.5}))
    };
    for (query, event, expected) in [
        ("rating:4.5", &rated, true),
        ("rating:4..5 rating:..4.5", &rated, true),
        ("rating:4", &rated, false),
        ("rating:4.5", &unrated, false),
        ("rating:4.5", &answer, false),
        ("answer:0s..", &rated, false),
        ("answer:1.5s..2s event:received", &answer, true),
        ("answer:..1499ms", &answer, false),
        ("outcome:FAILED", &failed, true),
        ("outcome:unknown", &failed, false),
        ("outcome:unknown", &without_outcome, true),
        ("outcome:ok", &without_outcome, false),
        ("outcome:unknown", &rated, false),
        // The number of messages is a condition on the conversation.
        ("messages:3", &rated, true),
    ] {
        let search = Search::new(query, NOW).unwrap();
        assert_eq!(search.matches(event), expected, "{query} {event:?}");
    }
    let search = Search::new("messages:3..4 messages:4..", NOW).unwrap();
    let allowed = [None, Some(3), Some(4), Some(5)];
    assert_eq!(
        allowed.map(|it| search.allows_messages(it)),
        [false, false, true, false]
    );
}

fn event() -> Event {
    let call = json!({
        "type": "track", "event": "Message Sent", "userId": "User-1", "anonymousId": "anon", "messageId": "envelope",
        "timestamp": "2026-01-02T03:00:00Z",
        "context": {"library": {"name": "analytics-node", "version": "2.1"}},
        "properties": {
            "conversationId": "c%1", "messageId": "m_1", "message_body": "A red \"Kettle\": 50% off' OR 1=1 --",
            "role": "Größe", "messageBody": 5,
        },
    });
    let mut event = read_lines(std::iter::once(call.to_string().as_str()))
        .remove(0)
        .unwrap();
    event.occurred_at = Timestamp::parse("2026-01-02T03:00:00Z").unwrap();
    event
}

#[test]
fn an_event_matches_if_it_meets_all_conditions() {
    let event = event();
    assert!(!event.verdict.findings.is_empty());
    for query in [
        "",
        "KETTLE",
        "red \"kettle\"",
        "\"red \\\"kettle\\\": 50%\"",
        "user-1 event:sent",
        "event:\"message sent\" user:ANON",
        "event:track",
        "library:node/2 c%1",
        "since:5m",
        "since:2026-01-02",
        "since:2026-01-02T03:00:00Z",
        "since:2026-01-02T03:00",
        "since:2026-01-02T05:00:00+02:00",
        "off' OR 1=1 --",
        "m_1 user:u c%1",
    ] {
        let search = Search::new(query, NOW).unwrap();
        assert!(search.matches(&event), "{query}");
    }
    for query in [
        "teapot",
        "kettle event:received",
        "event:messagesent",
        "event:tra",
        "user:envelope",
        "library:python",
        "since:3m",
        "since:2026-01-03",
        "severity:ok",
        "severity:rejected",
        "code:too_large",
        // These characters have no special meaning.
        "c_1",
        "m%1",
        "kett*",
        "\"red\" AND \"kettle\"",
        "kettle NEAR red",
        // Text is not searched in libraries or in other properties.
        "analytics-node",
        "größe",
    ] {
        let search = Search::new(query, NOW).unwrap();
        assert!(!search.matches(&event), "{query}");
    }
    let finding = &event.verdict.findings[0];
    let code = serde_json::to_value(finding.code).unwrap();
    let search = format!(
        "severity:{} code:{}",
        finding.severity.as_str().to_uppercase(),
        code.as_str().unwrap()
    );
    assert!(Search::new(&search, NOW).unwrap().matches(&event));
}
