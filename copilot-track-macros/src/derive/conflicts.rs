//! Reports attributes of a field that contradict each other.

use proc_macro2::Span;

use super::parse::FieldAttrs;
use crate::error::Errors;

impl FieldAttrs {
    /// Returns whether the field is not sent.
    pub(crate) fn is_skipped(&self) -> bool {
        match &self.skip {
            Some(skip) => skip.value,
            None => self.serde.skip.is_some(),
        }
    }

    /// Returns whether the fields or entries of the value are sent as properties of the event.
    pub(crate) fn is_flattened(&self) -> bool {
        match &self.flatten {
            Some(flatten) => flatten.value,
            // A property that has a name is not flattened.
            None => self.serde.flatten.is_some() && self.rename.is_none(),
        }
    }

    fn has_flatten(&self) -> Option<Span> {
        let flatten = self.flatten.as_ref()?;
        flatten.value.then_some(flatten.span)
    }
}

pub(super) fn check(attrs: &FieldAttrs, errors: &mut Errors) {
    let rename = attrs.rename.as_ref().map(|rename| rename.span);
    if attrs.is_skipped() {
        let others = [
            ("rename", rename),
            ("with", attrs.with.as_ref().map(|with| with.span)),
            ("flatten", attrs.has_flatten()),
            ("content", attrs.content),
        ];
        for (key, span) in others {
            let Some(span) = span else { continue };
            let message = match (&attrs.skip, &attrs.serde.skip) {
                (None, Some(skip)) => format!(
                    "`{key}` has no effect, because the field has `#[serde({})]` and is not sent; to send the field, \
                     write `#[track(skip = false, …)]`",
                    skip.value
                ),
                _ => {
                    format!("`{key}` has no effect on a skipped field; remove `{key}` or `skip`")
                }
            };
            errors.error_at(span, message);
        }
    } else if attrs.is_flattened() {
        if let Some(span) = rename {
            errors.error_at(
                span,
                "`rename` has no effect on a flattened field; remove `rename` or `flatten`",
            );
        }
        if let Some(span) = attrs.content {
            errors.error_at(
                span,
                "`content` cannot be used on a flattened field; put it on the field that contains the text",
            );
        }
    }
}
