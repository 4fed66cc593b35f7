//! Argument names that people know from other libraries, and what to write instead.

/// Names from tracing, autometrics, fastrace, Langfuse, Logfire, OpenTelemetry, and libraries for
/// product analytics. The second element is the argument that replaces them, and the third is the
/// advice.
const FOREIGN: &[(&[&str], &str, &str)] = &[
    (
        &[
            "fields",
            "attributes",
            "attrs",
            "metadata",
            "args",
            "arguments",
            "data",
            "inputs",
            "payload",
            "prop",
            "props",
            "property",
            "params",
            "vars",
            "labels",
            "tags",
            "extra",
        ],
        "properties",
        "to send values with the event, write `properties(name, other_name = expression)`",
    ),
    (
        &["ret", "returns", "record_return", "capture_output"],
        "result",
        "to send a property of the returned value, write `result(name = |value| …)`",
    ),
    (
        &["if", "condition", "enabled", "filter", "sample", "only_if"],
        "when",
        "to send the event under a condition, write `when = …`",
    ),
    (
        &[
            "skip",
            "skip_all",
            "capture",
            "capture_input",
            "extract_args",
        ],
        "",
        "remove it, because parameters and return values are sent only if an argument names them",
    ),
    (
        &[
            "err",
            "error_if",
            "fail",
            "failed",
            "failure",
            "is_error",
            "ok_if",
            "on_error",
            "on_fail",
            "on_failure",
            "on_success",
            "status",
            "success",
        ],
        "record",
        "to send whether the call failed, write `record(outcome)`",
    ),
    (
        &["error", "exception"],
        "record",
        "to send the type of the error, write `record(error_type)`",
    ),
    (
        &["time", "timing", "timed", "latency", "elapsed"],
        "record",
        "to send the duration, write `record(duration)`",
    ),
    (
        &[
            "action_name",
            "description",
            "desc",
            "label",
            "operation",
            "span_name",
            "short_name",
            "title",
            "tool_name",
        ],
        "action",
        "write `action = \"…\"`",
    ),
    (
        &[
            "name",
            "kind",
            "action_type",
            "as_type",
            "category",
            "tool",
            "tool_type",
            "component",
        ],
        "type",
        "write `type = \"…\"`",
    ),
    (
        &["format", "mime", "mime_type", "extension", "media_type"],
        "sub_type",
        "write `sub_type = \"…\"`",
    ),
    (
        &[
            "input",
            "prompt",
            "question",
            "query",
            "msg",
            "user_message",
            "user_input",
            "user_prompt",
        ],
        "message",
        "write `message = …`",
    ),
    (
        &["text", "content"],
        "message",
        "write `message = …` for the customer's message, or `body = …` for the text of the reply",
    ),
    (
        &[
            "text",
            "message",
            "msg",
            "content",
            "output",
            "input",
            "prompt",
            "question",
            "query",
            "user_message",
            "user_input",
            "user_prompt",
            "answer",
            "response",
            "completion",
        ],
        "body",
        "write `body = …`",
    ),
    (
        &[
            "comment",
            "comments",
            "remark",
            "reason",
            "note",
            "notes",
            "input",
            "output",
            "prompt",
            "question",
            "answer",
            "content",
            "pii",
            "sensitive",
            "redact",
            "mask",
        ],
        "texts",
        "to send text from the conversation with the event, write `texts(name = …)`",
    ),
    (
        &["stars", "score", "thumbs", "value", "feedback"],
        "rating",
        "write `rating = …`",
    ),
    (
        &[
            "conv",
            "chat",
            "conversation_id",
            "session",
            "session_id",
            "thread",
            "thread_id",
            "trace_id",
            "turn",
            "parent",
            "context",
        ],
        "conversation",
        "write `conversation = …` with a `Conversation` or a `Turn`",
    ),
    (
        &["messageId", "reply_id", "msg_id", "id"],
        "message_id",
        "write `message_id = …`",
    ),
    (
        &["id"],
        "conversation",
        "write `conversation = …` with a `Conversation` or a `Turn`",
    ),
    (
        &[
            "user",
            "user_id",
            "userId",
            "anonymous_id",
            "anonymousId",
            "distinct_id",
            "distinctId",
            "traits",
        ],
        "",
        "remove it, because the user is set when the conversation is created",
    ),
    (&["streaming", "is_stream"], "stream", "write `stream`"),
    (
        &[
            "async",
            "is_async",
            "in_span",
            "enter_on_poll",
            "level",
            "root",
            "span",
            "target",
            "follows_from",
            "track_concurrency",
            "objective",
        ],
        "",
        "remove it",
    ),
    (
        &["event", "event_name", "event_type"],
        "",
        "remove it, because the attribute determines the name of the event; for an event of your own, derive `TrackEvent`",
    ),
    (
        &["usage", "tokens"],
        "stream",
        "call `Reply::current().add_usage(…)` in the function",
    ),
    (
        &["author", "sender", "speaker"],
        "role",
        "write `role = \"…\"`",
    ),
];

/// Returns what to write instead of `key`, if the attribute accepts the replacement.
pub(super) fn advice(key: &str, accepted: &[&str]) -> Option<&'static str> {
    find(key, accepted).map(|(_, advice)| advice)
}

/// Returns the argument that replaces `key`, if the attribute accepts it.
pub(crate) fn replacement(key: &str, accepted: &[&str]) -> Option<&'static str> {
    find(key, accepted).map(|(replacement, _)| replacement)
}

fn find(key: &str, accepted: &[&str]) -> Option<(&'static str, &'static str)> {
    FOREIGN
        .iter()
        .find(|(names, replacement, _)| {
            names.contains(&key) && (replacement.is_empty() || accepted.contains(replacement))
        })
        .map(|(_, replacement, advice)| (*replacement, *advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::kind::AttributeKind;

    #[test]
    fn only_accepted_arguments_are_advised() {
        let tool = AttributeKind::Tool.accepted_keys();
        let reply = AttributeKind::Reply.accepted_keys();
        assert!(advice("fields", &tool).is_some_and(|advice| advice.contains("properties(")));
        assert!(advice("name", &tool).is_some());
        assert_eq!(advice("name", &reply), None);
        assert_eq!(advice("sku", &tool), None);
        let turn = AttributeKind::Turn.accepted_keys();
        for key in ["prompt", "input", "question", "text"] {
            assert!(advice(key, &turn).is_some_and(|advice| advice.contains("`message = …`")));
            assert!(advice(key, &reply).is_some_and(|advice| advice.contains("`body = …`")));
        }
        assert!(advice("output", &turn).is_some_and(|advice| advice.contains("`body = …`")));
        let feedback = AttributeKind::Feedback.accepted_keys();
        assert!(advice("comment", &feedback).is_some_and(|advice| advice.contains("`texts(")));
    }
}
