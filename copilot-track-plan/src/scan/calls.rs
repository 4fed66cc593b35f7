//! Calls that send events, and calls that add properties to events.

use serde_json::json;
use syn::ext::IdentExt as _;
use syn::{Expr, ExprCall, ExprMethodCall, Pat};

use super::args::string_literal;
use super::attributes::{event_of, text_shape};
use super::found::Shape;
use super::shown::{Params, Shown, of_expr};
use super::variables::{EventOf, Variables};

/// The methods that send the spec's events, and the properties of their text arguments.
const METHODS: &[(&str, &str, &[&str])] = &[
    ("message_sent", "Message Sent", &[]),
    ("message_received", "Message Received", &[]),
    ("action_invoked", "Action Invoked", &["type", "action"]),
    ("media_generated", "Media Generated", &["type", "sub_type"]),
    ("component_loaded", "Component Loaded", &["type"]),
    (
        "custom_component_loaded",
        "Custom Component Loaded",
        &["type"],
    ),
    ("rate", "Feedback Submitted", &[]),
    ("rate_conversation", "Feedback Submitted", &[]),
    ("tracked_tool", "Action Invoked", &["type", "action"]),
    ("tracked_media", "Media Generated", &["type", "sub_type"]),
    ("tracked_component", "Component Loaded", &["type"]),
    ("tracked_reply", "Message Received", &[]),
];

/// The structs of the spec's events, and the properties of the text arguments of `new`.
const STRUCTS: &[(&str, &str, &[&str])] = &[
    ("ConversationStarted", "Conversation Started", &[]),
    ("MessageSent", "Message Sent", &[]),
    ("MessageReceived", "Message Received", &[]),
    ("ConversationEnded", "Conversation Ended", &[]),
    ("ActionInvoked", "Action Invoked", &["type", "action"]),
    ("MediaGenerated", "Media Generated", &["type", "sub_type"]),
    ("ComponentLoaded", "Component Loaded", &["type"]),
    (
        "CustomComponentLoaded",
        "Custom Component Loaded",
        &["type"],
    ),
    ("FeedbackSubmitted", "Feedback Submitted", &[]),
];

/// A property that is set on an event, or an event that is sent.
pub(super) struct Call {
    pub(super) event: EventOf,
    pub(super) properties: Vec<(String, Shape)>,
}

/// Returns what a method call sends or sets.
pub(super) fn of_method(
    call: &ExprMethodCall,
    variables: &Variables,
    params: &Params,
) -> Option<Call> {
    let name = call.method.to_string();
    match (name.as_str(), call.args.len()) {
        ("property" | "text", 2) => {
            let property = call.args.first().and_then(string_literal)?;
            let event = event_of_expr(&call.receiver, variables)?;
            if matches!(event, EventOf::Text(_)) {
                return None;
            }
            let value = call.args.iter().nth(1)?;
            let shown = match name.as_str() {
                "text" => Shown::Schema(json!({ "type": "string" })),
                _ => of_expr(value, params),
            };
            Some(Call {
                event,
                properties: vec![(property, Shape::Shown(shown))],
            })
        }
        // `Reply::current().set_property("…", …)` and `pending.set_property("…", …)`
        ("set_property", 2) => {
            let property = call.args.first().and_then(string_literal)?;
            let shown = call
                .args
                .iter()
                .nth(1)
                .map(|value| of_expr(value, params))?;
            Some(Call {
                event: EventOf::Spec("Message Received"),
                properties: vec![(property, Shape::Shown(shown))],
            })
        }
        ("add_usage", 1) => Some(usage()),
        ("ended_by", 1) => Some(Call {
            event: EventOf::Spec("Conversation Ended"),
            properties: vec![("ended_by".to_owned(), Shape::OptIn)],
        }),
        _ => {
            let (_, event, names) = METHODS.iter().find(|(method, ..)| *method == name)?;
            // The methods that have the name of an attribute belong to a trait of the library.
            debug_assert!(!name.starts_with("tracked_") || event_of(&name).is_some());
            Some(Call {
                event: EventOf::Spec(event),
                properties: texts(names, call.args.iter()),
            })
        }
    }
}

/// Returns the properties of a report of a model's usage.
pub(super) fn usage() -> Call {
    let names = crate::vocabulary::usage_properties();
    Call {
        event: EventOf::Spec("Message Received"),
        properties: names.map(|name| (name.to_owned(), Shape::OptIn)).collect(),
    }
}

/// Returns the event that a call of `CustomEvent::new` or of a spec struct's `new` creates.
pub(super) fn of_call(call: &ExprCall, variables: &Variables) -> Option<Call> {
    let event = event_of_call(call, variables)?;
    let properties = match &event {
        EventOf::Spec(name) => {
            let names = STRUCTS.iter().find(|(_, event, _)| event == name)?.2;
            texts(names, call.args.iter())
        }
        EventOf::Struct(_) | EventOf::Text(_) => return None,
        EventOf::Custom(_) | EventOf::Constant(_) | EventOf::Unnamed => Vec::new(),
    };
    Some(Call { event, properties })
}

fn texts<'a>(names: &[&str], args: impl Iterator<Item = &'a Expr>) -> Vec<(String, Shape)> {
    let pairs = names.iter().zip(args);
    pairs
        .map(|(name, arg)| ((*name).to_owned(), text_shape(arg)))
        .collect()
}

fn event_of_call(call: &ExprCall, variables: &Variables) -> Option<EventOf> {
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let mut segments = path.path.segments.iter().rev();
    let (method, ty) = (segments.next()?, segments.next()?);
    let ty = variables.type_name(&ty.ident);
    if ty == "CustomEvent" && method.ident == "new" {
        return Some(name_of(call.args.first()?, variables));
    }
    let spec = STRUCTS.iter().find(|(name, ..)| *name == ty);
    match spec {
        Some((_, event, _)) => Some(EventOf::Spec(event)),
        None => Some(EventOf::Struct(ty)),
    }
}

/// Returns the custom event with the name in `expr`.
fn name_of(expr: &Expr, variables: &Variables) -> EventOf {
    if let Some(name) = string_literal(expr) {
        return EventOf::Custom(name.trim().to_owned());
    }
    let path = match expr {
        Expr::Path(path) => path,
        Expr::Paren(inner) => return name_of(&inner.expr, variables),
        Expr::Reference(inner) => return name_of(&inner.expr, variables),
        _ => return EventOf::Unnamed,
    };
    let variable = path
        .path
        .get_ident()
        .and_then(|name| variables.get(&name.unraw().to_string()));
    match variable {
        Some(EventOf::Text(name)) => EventOf::Custom(name.trim().to_owned()),
        Some(_) => EventOf::Unnamed,
        None => EventOf::Constant(Box::new(path.path.clone())),
    }
}

/// Returns the event to which an expression evaluates, through method calls and `?`.
pub(super) fn event_of_expr(expr: &Expr, variables: &Variables) -> Option<EventOf> {
    match expr {
        Expr::Lit(_) | Expr::Macro(_) => string_literal(expr).map(EventOf::Text),
        Expr::Call(call) => event_of_call(call, variables),
        Expr::MethodCall(call) => event_of_expr(&call.receiver, variables),
        Expr::Try(inner) => event_of_expr(&inner.expr, variables),
        Expr::Paren(inner) => event_of_expr(&inner.expr, variables),
        Expr::Reference(inner) => event_of_expr(&inner.expr, variables),
        Expr::Struct(item) => {
            let name = variables.type_name(&item.path.segments.last()?.ident);
            let spec = STRUCTS.iter().find(|(other, ..)| *other == name);
            Some(match spec {
                Some((_, event, _)) => EventOf::Spec(event),
                None => EventOf::Struct(name),
            })
        }
        Expr::Path(path) => {
            let name = path.path.get_ident()?.unraw().to_string();
            variables.get(&name).cloned()
        }
        _ => None,
    }
}

/// Returns the variable of a pattern such as `event` or `mut event`.
pub(super) fn variable(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(pattern) => Some(pattern.ident.unraw().to_string()),
        Pat::Type(pattern) => variable(&pattern.pat),
        _ => None,
    }
}
