//! From the text between an attribute's parentheses to typed arguments.
//!
//! [`list`] reads the shape that all share, [`kind`](crate::attribute::kind) says which argument stands where, and this
//! file gives each argument its type.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Path};

use super::{
    media::{self, MediaArgs},
    properties::{self, Property},
    record::{self, Record},
};
use crate::{
    attribute::kind::{AttributeKind, RECORD_KEYS},
    error::Errors,
    meta::{
        crate_path,
        keys::unknown_key,
        list::{self, Arg},
        value::{expr_value, flag_value, text_value},
    },
    suggest::quoted_list,
};

/// The arguments of one attribute, whichever it is; [`kind`](crate::attribute::kind) has seen to it that only its own
/// are set.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) ty: Option<Expr>,
    pub(crate) action: Option<Expr>,
    pub(crate) sub_type: Option<Expr>,
    pub(crate) role: Option<Expr>,
    pub(crate) body: Option<Expr>,
    pub(crate) rating: Option<Expr>,
    pub(crate) conversation: Option<Expr>,
    pub(crate) message_id: Option<Expr>,
    pub(crate) properties: Vec<Property>,
    pub(crate) record: Option<Record>,
    pub(crate) media: Option<MediaArgs>,
    pub(crate) stream: Option<Span>,
    pub(crate) future: Option<Span>,
    pub(crate) crate_path: Option<Path>,
    /// Every key, also one that is wrong.
    pub(crate) keys: Vec<String>,
    /// What could not be read may be what is missing.
    pub(crate) syntax_ok: bool,
}

impl Args {
    pub(crate) fn parse(kind: AttributeKind, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let keys = kind.accepted_keys();
        let first = kind.required_keys().first().map_or("body", |(key, _)| key);
        let before = errors.len();
        let list = list::parse(tokens, first, errors);
        args.syntax_ok = errors.len() == before;
        for arg in list {
            let name = arg.name();
            if !keys.contains(&name.as_str()) {
                errors.error_at(arg.span(), unexpected_key(kind, &name));
            } else if args.keys.contains(&name) {
                errors.error_at(arg.span(), format!("`{name}` is given twice"));
            } else {
                args.set(kind, &arg, errors);
            }
            args.keys.push(name);
        }
        args
    }

    fn set(&mut self, kind: AttributeKind, arg: &Arg, errors: &mut Errors) {
        match arg.name().as_str() {
            "type" => self.ty = text_value(arg, errors),
            "action" => self.action = text_value(arg, errors),
            "sub_type" => self.sub_type = text_value(arg, errors),
            "role" => self.role = text_value(arg, errors),
            "body" => self.body = expr_value(arg, errors),
            "rating" => self.rating = expr_value(arg, errors),
            "conversation" => self.conversation = expr_value(arg, errors),
            "message_id" => self.message_id = text_value(arg, errors),
            "properties" => self.properties = properties::parse(arg, errors),
            "record" => self.record = record::parse(arg, kind, errors),
            "media" => self.media = media::parse(arg, errors),
            "stream" => self.stream = flag_value(arg, errors),
            "future" => self.future = flag_value(arg, errors),
            _ => {
                self.crate_path = expr_value(arg, errors)
                    .and_then(|expr| crate_path::parse_absolute(&expr, errors));
            }
        }
    }
}

/// Why `key` cannot stand here, and where it can.
fn unexpected_key(kind: AttributeKind, key: &str) -> String {
    let keys = kind.accepted_keys();
    let elsewhere = AttributeKind::accepting(key);
    if !elsewhere.is_empty() {
        let places: Vec<_> = elsewhere.iter().map(ToString::to_string).collect();
        let places: Vec<_> = places.iter().map(String::as_str).collect();
        return format!(
            "`{key}` belongs on {}, not on `{kind}`",
            quoted_list(&places)
        );
    }
    if RECORD_KEYS.contains(&key) && keys.contains(&"record") {
        return format!("`{key}` stands inside `record(…)`: write `record({key})`");
    }
    unknown_key(key, &keys, &format!("`{kind}`"))
}
