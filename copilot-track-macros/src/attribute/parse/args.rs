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
    attribute::kind::{Macro, RECORD_KEYS},
    error::Errors,
    meta::{
        crate_path,
        keys::unknown,
        list::{self, Arg},
        value::{expr, flag, text},
    },
    suggest::listed,
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
    pub(crate) krate: Option<Path>,
    /// Every key, also one that is wrong.
    pub(crate) seen: Vec<String>,
    /// What could not be read may be what is missing.
    pub(crate) readable: bool,
}

impl Args {
    pub(crate) fn parse(which: Macro, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let keys = which.keys();
        let first = which.required().first().map_or("body", |(key, _)| key);
        let before = errors.len();
        let list = list::parse(tokens, first, errors);
        args.readable = errors.len() == before;
        for arg in list {
            let name = arg.name();
            if !keys.contains(&name.as_str()) {
                errors.at(arg.span(), misplaced(which, &name));
            } else if args.seen.contains(&name) {
                errors.at(arg.span(), format!("`{name}` is given twice"));
            } else {
                args.set(which, &arg, errors);
            }
            args.seen.push(name);
        }
        args
    }

    fn set(&mut self, which: Macro, arg: &Arg, errors: &mut Errors) {
        match arg.name().as_str() {
            "type" => self.ty = text(arg, errors),
            "action" => self.action = text(arg, errors),
            "sub_type" => self.sub_type = text(arg, errors),
            "role" => self.role = text(arg, errors),
            "body" => self.body = expr(arg, errors),
            "rating" => self.rating = expr(arg, errors),
            "conversation" => self.conversation = expr(arg, errors),
            "message_id" => self.message_id = text(arg, errors),
            "properties" => self.properties = properties::parse(arg, errors),
            "record" => self.record = record::parse(arg, which, errors),
            "media" => self.media = media::parse(arg, errors),
            "stream" => self.stream = flag(arg, errors),
            "future" => self.future = flag(arg, errors),
            _ => {
                self.krate = expr(arg, errors).and_then(|expr| crate_path::absolute(&expr, errors));
            }
        }
    }
}

/// Why `key` cannot stand here, and where it can.
fn misplaced(which: Macro, key: &str) -> String {
    let keys = which.keys();
    let elsewhere = Macro::taking(key);
    if !elsewhere.is_empty() {
        let places: Vec<_> = elsewhere.iter().map(ToString::to_string).collect();
        let places: Vec<_> = places.iter().map(String::as_str).collect();
        return format!("`{key}` belongs on {}, not on `{which}`", listed(&places));
    }
    if RECORD_KEYS.contains(&key) && keys.contains(&"record") {
        return format!("`{key}` stands inside `record(…)`: write `record({key})`");
    }
    unknown(key, &keys, &format!("`{which}`"))
}
