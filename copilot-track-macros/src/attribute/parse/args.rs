//! The typed arguments of an attribute.
//!
//! [`list`] parses the syntax, [`kind`](crate::attribute::kind) lists the arguments that each
//! attribute accepts, and this module converts each argument to its type.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Path};

use super::{
    foreign_keys,
    media::{self, MediaArgs},
    properties::{self, Property},
    record::{self, Record},
    result::{self, ResultProperty},
};
use crate::{
    attribute::kind::{AttributeKind, RECORD_KEYS},
    error::Errors,
    meta::{
        crate_path,
        keys::unknown_key,
        list::{self, Arg, ArgValue},
        suggestions::Suggestions,
        value::{expr_value, flag_value, sub_type_value, text_value},
    },
    suggest::{closest_match, quoted_list},
};

/// The arguments of an attribute of any kind. Only the arguments that the attribute accepts are
/// set.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) ty: Option<Expr>,
    pub(crate) action: Option<Expr>,
    pub(crate) sub_type: Option<Expr>,
    pub(crate) role: Option<Expr>,
    pub(crate) message: Option<Expr>,
    pub(crate) body: Option<Expr>,
    pub(crate) rating: Option<Expr>,
    pub(crate) conversation: Option<Expr>,
    pub(crate) message_id: Option<Expr>,
    pub(crate) properties: Vec<Property>,
    pub(crate) texts: Vec<Property>,
    pub(crate) result: Vec<ResultProperty>,
    pub(crate) record: Option<Record>,
    pub(crate) media: Option<MediaArgs>,
    pub(crate) when: Option<Expr>,
    pub(crate) stream: Option<Span>,
    pub(crate) future: Option<Span>,
    pub(crate) crate_path: Option<Path>,
    /// All arguments as written.
    pub(crate) tokens: TokenStream,
    /// Every key as written, including unknown ones.
    pub(crate) keys: Vec<String>,
    /// Whether the list is free of syntax errors. If it is not, missing arguments are not reported,
    /// because they may be in the part that was not parsed.
    pub(crate) syntax_ok: bool,
}

impl Args {
    /// Parses the arguments of an attribute.
    pub(crate) fn parse(kind: AttributeKind, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let keys = kind.accepted_keys();
        let names: Vec<_> = match kind {
            AttributeKind::Reply => vec!["body"],
            _ => kind.required_keys().iter().map(|(key, _)| *key).collect(),
        };
        let before = errors.len();
        let suggestions = Suggestions {
            keys: &names,
            when: true,
            properties: keys.contains(&"properties"),
        };
        let list = list::parse_with(tokens.clone(), suggestions, errors);
        args.tokens = tokens;
        args.syntax_ok = errors.len() == before;
        for (index, arg) in list.into_iter().enumerate() {
            let name = arg.name();
            if !keys.contains(&name.as_str()) {
                // A variable without a name is the value of the argument at this position.
                let positional = names.get(index).filter(|_| {
                    matches!(arg.value, ArgValue::Flag) && kind != AttributeKind::Reply
                });
                let (message, positional) = unexpected_key(kind, &arg, positional.copied());
                errors.error_at(arg.span(), message);
                args.keys.extend(positional.map(str::to_owned));
            } else if args.keys.contains(&name) {
                errors.error_at(arg.span(), format!("duplicate argument `{name}`"));
            } else {
                args.set(kind, &arg, errors);
            }
            args.keys.push(name);
        }
        args
    }

    /// Returns whether the event is sent in the current conversation, without a condition.
    pub(crate) fn uses_current(&self) -> bool {
        self.conversation.is_none() && self.when.is_none()
    }

    /// Converts one argument and stores it.
    fn set(&mut self, kind: AttributeKind, arg: &Arg, errors: &mut Errors) {
        match arg.name().as_str() {
            "type" => self.ty = text_value(arg, errors),
            "action" => self.action = text_value(arg, errors),
            "sub_type" => self.sub_type = sub_type_value(arg, errors),
            "role" => self.role = text_value(arg, errors),
            "message" => self.message = expr_value(arg, errors),
            "body" => self.body = expr_value(arg, errors),
            "rating" => self.rating = expr_value(arg, errors),
            "conversation" => self.conversation = expr_value(arg, errors),
            "message_id" => self.message_id = text_value(arg, errors),
            "properties" => self.properties = properties::parse(arg, errors),
            "texts" => self.texts = properties::parse_texts(arg, errors),
            "result" => self.result = result::parse(arg, errors),
            "record" => self.record = record::parse(arg, kind, errors),
            "media" => self.media = media::parse(arg, errors),
            "when" => self.when = expr_value(arg, errors),
            "stream" => self.stream = flag_value(arg, errors),
            "future" => self.future = flag_value(arg, errors),
            _ => {
                self.crate_path = expr_value(arg, errors)
                    .and_then(|expr| crate_path::parse_absolute(&expr, errors));
            }
        }
    }
}

/// Returns the error for an argument that the attribute does not accept. `positional` is the
/// argument that is expected at this position, and is returned if it is the one that is meant.
fn unexpected_key<'a>(
    kind: AttributeKind,
    arg: &Arg,
    positional: Option<&'a str>,
) -> (String, Option<&'a str>) {
    let key = &arg.name();
    let keys = kind.accepted_keys();
    if let Some(advice) = foreign_keys::advice(key, &keys).filter(|_| !is_list_of_texts(arg)) {
        let replacement = foreign_keys::replacement(key, &keys);
        let mut message = format!("`{key}` is not an argument of `{kind}`; {advice}");
        // The key may also be a variable. The `body` of a reply is a closure.
        let is_keyword = key == "if";
        if matches!(arg.value, ArgValue::Flag)
            && !is_keyword
            && !(kind.is_reply() && replacement == Some("body"))
        {
            message = message.replacen("= …`", &format!("= {key}`"), 1);
        }
        let is_value = replacement.is_some_and(is_single_value);
        if is_value && matches!(arg.value, ArgValue::Flag) && keys.contains(&"properties") {
            message = format!("{message}; to send the variable `{key}`, write `properties({key})`");
        }
        return (message, None);
    }
    let elsewhere = AttributeKind::accepting(key);
    if !elsewhere.is_empty() {
        let places: Vec<_> = elsewhere.iter().map(ToString::to_string).collect();
        let places: Vec<_> = places.iter().map(String::as_str).collect();
        let message = format!(
            "`{kind}` does not accept `{key}`; it is an argument of {}",
            quoted_list(&places, "and")
        );
        return (message, None);
    }
    if RECORD_KEYS.contains(&key.as_str()) && keys.contains(&"record") {
        let message = format!("`{key}` must be inside `record(…)`; write `record({key})`");
        return (message, None);
    }
    let is_typo = closest_match(key, &keys).is_some();
    if let Some(name) = positional.filter(|_| !is_typo) {
        let value = match name {
            "type" | "sub_type" => format!("\"{key}\""),
            _ => key.clone(),
        };
        let message = format!("expected an argument name, found `{key}`; write `{name} = {value}`");
        return (message, Some(name));
    }
    let mut message = unknown_key(key, &keys, &format!("in `{kind}`"));
    if !is_typo && keys.contains(&"properties") {
        message = match arg.value {
            ArgValue::Flag => {
                format!("{message}; to send the variable `{key}`, write `properties({key})`")
            }
            ArgValue::Expr(_) => {
                format!("{message}; to send a value with the event, write `properties({key} = …)`")
            }
            ArgValue::List(_) | ArgValue::Invalid => message,
        };
    }
    (message, None)
}

/// Returns whether an argument is written `text(…)`, which is close to `texts(…)`.
fn is_list_of_texts(arg: &Arg) -> bool {
    matches!(arg.value, ArgValue::List(_)) && arg.name() == "text"
}

/// Returns whether the argument `name` has one value.
fn is_single_value(name: &str) -> bool {
    !matches!(
        name,
        "" | "properties" | "record" | "result" | "stream" | "texts" | "when"
    )
}
