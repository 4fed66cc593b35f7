//! From the text between an attribute's parentheses to typed arguments.
//!
//! [`list`] reads the shape that all share, [`grammar`] says which argument stands where, and this
//! file gives each argument its type.

pub(crate) mod grammar;
pub(crate) mod krate;
pub(crate) mod list;
mod nested;

use proc_macro2::{Span, TokenStream};
use syn::{Expr, ExprLit, Lit, Path};

use crate::{errors::Errors, names};
use grammar::Macro;
use list::{Arg, Value};
pub(crate) use nested::{MediaArgs, Property, Record};

/// The arguments of one attribute, whichever it is; [`grammar`] has seen to it that only its own
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
}

impl Args {
    pub(crate) fn parse(which: Macro, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let keys = which.keys();
        let mut seen: Vec<String> = Vec::new();
        let first = which.required().first().map_or("body", |(key, _)| key);
        let before = errors.len();
        let list = list::parse(tokens, first, errors);
        // What could not be read may be what is missing.
        let readable = errors.len() == before;
        for arg in list {
            let name = arg.name();
            if !keys.contains(&name.as_str()) {
                errors.at(arg.span(), misplaced(which, &name));
            } else if seen.contains(&name) {
                errors.at(arg.span(), format!("`{name}` is given twice"));
            } else {
                args.set(which, &arg, errors);
            }
            seen.push(name);
        }
        args.require(which, &seen, readable, errors);
        args.callable_body(which, errors);
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
            "properties" => self.properties = nested::properties(arg, which, errors),
            "record" => self.record = nested::record(arg, which, errors),
            "media" => self.media = nested::media(arg, errors),
            "stream" => self.stream = flag(arg, errors),
            "future" => self.future = flag(arg, errors),
            _ => {
                self.krate = expr(arg, errors).and_then(|expr| krate::absolute(&expr, errors));
            }
        }
    }

    fn require(&self, which: Macro, seen: &[String], readable: bool, errors: &mut Errors) {
        for (key, example) in which.required() {
            if !readable || seen.iter().any(|name| name == key) {
                continue;
            }
            // A key that was mistyped is told already.
            let keys = which.keys();
            let meant = |name: &String| names::nearest(name, &keys) == Some(key);
            if !seen.iter().any(meant) {
                errors.at(
                    Span::call_site(),
                    format!(
                        "`{key}` is missing: write `{example}`, with a literal or any expression"
                    ),
                );
            }
        }
        if let (Some(_), Some(span)) = (self.stream, self.future) {
            errors.at(
                span,
                "a function returns a stream or a future: write one of `stream` and `future`",
            );
        }
    }
}

impl Args {
    /// A reply's `body` is applied to the reply; a message's is the text.
    fn callable_body(&self, which: Macro, errors: &mut Errors) {
        let Some(body) = &self.body else {
            return;
        };
        match (which, body) {
            (Macro::Reply, Expr::Lit(_)) => errors.on(
                body,
                "the `body` of a reply says where its text is: write `body = |reply| …`, or the name of a function",
            ),
            (Macro::Reply, Expr::Closure(closure)) if closure.inputs.len() != 1 => errors.on(
                body,
                "the closure of `body` gets one thing, the reply: write `body = |reply| …`",
            ),
            (Macro::Message, Expr::Closure(_)) => errors.on(
                body,
                "the `body` of a message is the text itself: write `body = text`",
            ),
            _ => {}
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
        return format!(
            "`{key}` belongs on {}, not on `{which}`",
            names::listed(&places)
        );
    }
    if grammar::RECORD_KEYS.contains(&key) && keys.contains(&"record") {
        return format!("`{key}` stands inside `record(…)`: write `record({key})`");
    }
    unknown(key, &keys, &which.to_string())
}

/// `key` is nowhere an argument.
fn unknown(key: &str, keys: &[&str], place: &str) -> String {
    let known = names::listed(keys);
    match names::nearest(key, keys) {
        Some(near) => {
            format!("unknown argument `{key}`: did you mean `{near}`? (`{place}` takes {known})")
        }
        None => format!("unknown argument `{key}`: `{place}` takes {known}"),
    }
}

fn expr(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    match &arg.value {
        Value::Expr(expr) => Some((**expr).clone()),
        Value::Broken => None,
        Value::Flag | Value::List(_) => {
            let key = arg.name();
            errors.at(
                arg.span(),
                format!("`{key}` needs a value: write `{key} = …`"),
            );
            None
        }
    }
}

/// An expression that, where it is a literal, has to be a text that says something.
fn text(arg: &Arg, errors: &mut Errors) -> Option<Expr> {
    let expr = expr(arg, errors)?;
    if let Expr::Lit(ExprLit { lit, .. }) = &expr {
        let key = arg.name();
        match lit {
            Lit::Str(text) if text.value().trim().is_empty() => {
                errors.on(&expr, format!("`{key}` must not be empty"));
                return None;
            }
            Lit::Str(_) => {}
            _ => {
                errors.on(&expr, format!("`{key}` is a text: write `{key} = \"…\"`"));
                return None;
            }
        }
    }
    Some(expr)
}

fn flag(arg: &Arg, errors: &mut Errors) -> Option<Span> {
    match &arg.value {
        Value::Flag => Some(arg.span()),
        Value::Broken => None,
        Value::Expr(_) | Value::List(_) => {
            errors.at(arg.span(), format!("`{}` takes no value", arg.name()));
            None
        }
    }
}
