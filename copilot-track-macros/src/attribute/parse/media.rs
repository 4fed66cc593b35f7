//! Parses `media(type = …, sub_type = …)` inside another attribute.

use syn::Expr;

use super::{
    nested::parse_list,
    properties::{self, Property},
};
use crate::{
    attribute::kind::MEDIA_KEYS,
    error::Errors,
    meta::{
        keys::unknown_key,
        list::Arg,
        literal::mime_type,
        value::{sub_type_value, text_value},
    },
};

/// The arguments for the Media Generated event that a tool or a reply sends in addition to its own
/// event.
pub(crate) struct MediaArgs {
    pub(crate) ty: Option<Expr>,
    pub(crate) sub_type: Option<Expr>,
    pub(crate) role: Option<Expr>,
    pub(crate) message_id: Option<Expr>,
    pub(crate) properties: Vec<Property>,
    pub(crate) texts: Vec<Property>,
}

/// Parses `media(…)`.
pub(super) fn parse(arg: &Arg, errors: &mut Errors) -> Option<MediaArgs> {
    let mut media = MediaArgs {
        ty: None,
        sub_type: None,
        role: None,
        message_id: None,
        properties: Vec::new(),
        texts: Vec::new(),
    };
    let mut seen: Vec<String> = Vec::new();
    let before = errors.len();
    for arg in parse_list(
        arg,
        &["type", "sub_type"],
        "media(type = \"image\", sub_type = \"png\")",
        errors,
    )? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.error_at(arg.span(), format!("duplicate argument `{name}`"));
            continue;
        }
        match name.as_str() {
            "type" => media.ty = text_value(&arg, errors),
            "sub_type" => media.sub_type = sub_type_value(&arg, errors),
            "role" => media.role = text_value(&arg, errors),
            "message_id" => media.message_id = text_value(&arg, errors),
            "properties" => media.properties = properties::parse(&arg, errors),
            "texts" => media.texts = properties::parse_texts(&arg, errors),
            "conversation" | "when" | "future" | "stream" | "crate" => {
                errors.error_at(
                    arg.span(),
                    format!("`media(…)` does not accept `{name}`; set it on the attribute itself"),
                );
            }
            _ => errors.error_at(arg.span(), unknown_key(&name, MEDIA_KEYS, "in `media(…)`")),
        }
        seen.push(name);
    }
    // An argument that is missing may be one that has been reported.
    let is_complete = errors.len() == before;
    for (key, example) in [("type", "image"), ("sub_type", "png")] {
        if is_complete && !seen.iter().any(|name| name == key) {
            let mime_type = media.ty.as_ref().and_then(mime_type);
            let message = match mime_type.filter(|_| key == "sub_type") {
                Some(mime_type) => {
                    format!(
                        "the two parts of a MIME type are separate arguments; write {mime_type}"
                    )
                }
                None => format!(
                    "missing argument `{key}` in `media(…)`; for example, write `{key} = \"{example}\"`"
                ),
            };
            errors.error_at(arg.span(), message);
        }
    }
    Some(media)
}
