//! The attributes that a run puts on functions.
//!
//! In the tests of a crate, no conversation is current, so most attributes send nothing. Attributes
//! whose names end in `-sent` send events to a conversation of the program.

/// An attribute with arguments that suit any function.
pub(crate) struct Attribute {
    /// The name in options and in the report.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

pub(crate) const ATTRIBUTES: &[Attribute] = &[
    Attribute {
        name: "tool",
        text: r#"tracked_tool(type = "T")"#,
    },
    Attribute {
        name: "tool-record",
        text: r#"tracked_tool(type = "T", record(duration, outcome, error_type))"#,
    },
    Attribute {
        name: "tool-sent",
        text: r#"tracked_tool(type = "T", conversation = ::annotate_conversation::get(), record(duration, outcome, error_type))"#,
    },
    Attribute {
        name: "tool-result",
        text: r#"tracked_tool(type = "T", result(size = |value| ::core::mem::size_of_val(value)))"#,
    },
    Attribute {
        name: "tool-media",
        text: r#"tracked_tool(type = "T", media(type = "image", sub_type = "png"))"#,
    },
    Attribute {
        name: "tool-when",
        text: r#"tracked_tool(type = "T", when = 1 < 2, properties(sku = 7))"#,
    },
    Attribute {
        name: "reply",
        text: "tracked_reply",
    },
    Attribute {
        name: "reply-body",
        text: r#"tracked_reply(body = |_| "text")"#,
    },
    Attribute {
        name: "turn",
        text: r#"tracked_turn(message = "text", body = |_| "text")"#,
    },
    Attribute {
        name: "turn-sent",
        text: r#"tracked_turn(conversation = ::annotate_conversation::get(), message = "text", body = |_| "text")"#,
    },
    Attribute {
        name: "message",
        text: r#"tracked_message(body = "text")"#,
    },
    Attribute {
        name: "conversation",
        text: "tracked_conversation(conversation = ::copilot_track::Turn::current())",
    },
    Attribute {
        name: "media",
        text: r#"tracked_media(type = "image", sub_type = "png")"#,
    },
    Attribute {
        name: "component",
        text: r#"tracked_component(type = "Chart")"#,
    },
    Attribute {
        name: "feedback",
        text: "tracked_feedback(rating = 5)",
    },
];
