//! Several attributes of this library on one function.
//!
//! The compiler expands the uppermost attribute first, so this attribute becomes the innermost one.
//! In the written order, a message above a reply would therefore be sent inside the reply. To
//! prevent this, each attribute looks at the attributes below it. If one of them must be further
//! inside, the expansion is the function with reordered attributes:
//!
//! ```text
//! input    #[tracked_message(body = text)] #[other] #[tracked_reply] fn f(…) { body }
//! output   #[tracked_reply] #[other] #[tracked_message(body = text)] fn f(…) { body }
//! ```
//!
//! Attributes are recognized by the last segment of their paths. The compiler resolves `cfg_attr`
//! before it expands the attributes of an item. If an attribute that was imported under another
//! name is in the wrong place, [`expanded`] causes an error.
//!
//! [`expanded`]: super::expanded

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

use super::{
    expanded::Expanded,
    kind::AttributeKind::{
        self, Component, Conversation, Feedback, Media, Message, Reply, Tool, Turn,
    },
    parse::args::Args,
};
use crate::{
    error::Errors,
    function::tracked_fn::TrackedFn,
    meta::{
        crate_path,
        list::{self, ArgValue},
    },
};

/// The attributes of this library, from the innermost to the outermost. The events of one function
/// are sent in this order, except for those that are sent when the function is called.
const INNERMOST_FIRST: &[AttributeKind] = &[
    Tool,
    Media,
    Component,
    Feedback,
    Reply,
    Turn,
    Message,
    Conversation,
];

/// Pairs of attributes that cannot be on the same function, and the event that both of them send.
const CONFLICTS: &[(AttributeKind, AttributeKind, &str)] = &[
    (Turn, Message, "Message Sent"),
    (Turn, Reply, "Message Received"),
];

/// The attributes whose body runs in a scope. The order of the other attributes has no effect on
/// them.
const SCOPES: &[AttributeKind] = &[Reply, Turn, Message, Conversation];

/// Reports attributes below this one that cannot be on the same function.
pub(super) fn check(kind: AttributeKind, args: &Args, function: &TrackedFn, errors: &mut Errors) {
    check_renamed(kind, args, function, errors);
    let attributes = attributes(function);
    if attributes.is_empty() {
        return;
    }
    let below = |kind| {
        let found = attributes.iter().find(|(other, _)| *other == kind);
        found.map(|(_, attr)| *attr)
    };
    if let Some(again) = below(kind) {
        errors.error_spanned_by(
            again.path(),
            format!("`{kind}` is already on this function; remove one of the two"),
        );
    }
    for (other, attr) in &attributes {
        if let Some(message) = conflict(kind, *other) {
            errors.error_spanned_by(attr.path(), message);
        }
    }
    let with_conversation = match kind {
        Conversation => below(Reply).or_else(|| below(Turn)),
        Reply | Turn => below(Conversation),
        _ => None,
    };
    let streams = || {
        let is_declared = args.stream.is_some() || attributes.iter().any(declares_stream);
        is_declared || function.return_shape().is_stream()
    };
    if let Some(other) = with_conversation.filter(|_| streams()) {
        errors.error_spanned_by(other.path(), CONVERSATION_OF_A_STREAM);
    }
}

const CONVERSATION_OF_A_STREAM: &str = "`#[tracked_conversation]` and a streamed reply cannot be on the same function, because \
    the conversation would end before the stream; put `#[tracked_conversation]` on the function that reads the stream";

/// Returns the error for two attributes that send the same event.
fn conflict(kind: AttributeKind, other: AttributeKind) -> Option<String> {
    let (one, other, event) = CONFLICTS
        .iter()
        .find(|(a, b, _)| [(*a, *b), (*b, *a)].contains(&(kind, other)))?;
    Some(format!(
        "`{one}` and `{other}` cannot be on the same function, because both send {event}; keep one of the two"
    ))
}

/// Reports an attribute that was imported under another name and is above this one, although it
/// must be below or cannot be on the same function.
fn check_renamed(kind: AttributeKind, args: &Args, function: &TrackedFn, errors: &mut Errors) {
    let expanded = Expanded::of(function.body());
    let streams = expanded.streams || args.stream.is_some() || function.return_shape().is_stream();
    let message = expanded.kinds.into_iter().find_map(|inner| {
        if inner == kind {
            return Some(format!(
                "`{kind}` is already on this function, under another name; remove one of the two"
            ));
        }
        let has_conversation = kind == Conversation || inner == Conversation;
        if has_conversation && (kind.is_reply() || inner.is_reply()) && streams {
            return Some(CONVERSATION_OF_A_STREAM.to_owned());
        }
        conflict(kind, inner).or_else(|| {
            let is_misplaced = SCOPES.contains(&inner) && depth(inner) >= depth(kind);
            is_misplaced.then(|| {
                format!("`{inner}` must be below `{kind}`; attributes are sorted only if they have their original names")
            })
        })
    });
    if let Some(message) = message {
        errors.error_at(Span::call_site(), message);
    }
}

/// Returns the attributes of this library below the one that is being expanded.
fn attributes(function: &TrackedFn) -> Vec<(AttributeKind, &Attribute)> {
    let attributes = function.attrs().iter();
    attributes
        .filter_map(|attr| Some((kind_of(attr)?, attr)))
        .collect()
}

/// Returns the function with reordered attributes, if an attribute below this one must be further
/// inside.
pub(super) fn reorder(
    kind: AttributeKind,
    args: &Args,
    function: &TrackedFn,
) -> Option<TokenStream> {
    let below = attributes(function);
    let innermost = below.iter().map(|(kind, _)| depth(*kind)).min()?;
    if depth(kind) <= innermost {
        return None;
    }
    let mut stack = vec![(kind, this_attribute(kind, args))];
    let tokens = |(kind, attr): &(AttributeKind, &Attribute)| (*kind, attr.to_token_stream());
    stack.extend(below.iter().map(tokens));
    stack.sort_by_key(|(kind, _)| depth(*kind));
    // The sorted attributes take the places of the original ones. The other attributes stay.
    let mut sorted = stack.into_iter().map(|(_, attr)| attr);
    let first = sorted.next();
    let rest = function.attrs().iter().map(|attr| match kind_of(attr) {
        Some(_) => sorted.next().unwrap_or_default(),
        None => attr.to_token_stream(),
    });
    let attrs: TokenStream = first.into_iter().chain(rest).collect();
    Some(function.with_attrs(&attrs))
}

/// Returns the attribute that is being expanded, as it is written below another one.
fn this_attribute(kind: AttributeKind, args: &Args) -> TokenStream {
    let library = crate_path::or_default(args.crate_path.as_ref());
    let name = kind.ident();
    let arguments = &args.tokens;
    let arguments = (!arguments.is_empty()).then(|| quote!((#arguments)));
    quote!(#[#library::#name #arguments])
}

/// Returns the position of an attribute in [`INNERMOST_FIRST`].
fn depth(kind: AttributeKind) -> Option<usize> {
    INNERMOST_FIRST.iter().position(|other| *other == kind)
}

/// Returns the kind of an attribute, if it belongs to this library.
fn kind_of(attr: &Attribute) -> Option<AttributeKind> {
    let last = attr.path().segments.last()?;
    AttributeKind::named(&last.ident)
}

/// Returns whether an attribute is a reply with the `stream` argument.
fn declares_stream((kind, attr): &(AttributeKind, &Attribute)) -> bool {
    let Meta::List(list) = &attr.meta else {
        return false;
    };
    let is_flag = |arg: &list::Arg| matches!(arg.value, ArgValue::Flag) && arg.name() == "stream";
    // The attribute reports its errors itself.
    let mut errors = Errors::default();
    kind.is_reply()
        && list::parse(list.tokens.clone(), &[], &mut errors)
            .iter()
            .any(is_flag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Ident;

    /// Returns the order in which the compiler expands the attributes `names`, with the other
    /// attributes that are expanded in between.
    fn expansion_order(names: &[&str]) -> Vec<String> {
        let attrs = names.iter().map(|name| Ident::new(name, Span::call_site()));
        let mut item = quote!(#(#[#attrs])* fn f() {});
        let mut expanded = Vec::new();
        loop {
            let Ok(mut function) = TrackedFn::parse(item) else {
                return expanded;
            };
            if function.attrs().is_empty() {
                return expanded;
            }
            let first = function.attrs()[0].clone();
            let rest = function.attrs()[1..].iter().map(ToTokens::to_token_stream);
            item = function.with_attrs(&rest.collect());
            if let Some(kind) = kind_of(&first) {
                let Ok(below) = TrackedFn::parse(item.clone()) else {
                    return expanded;
                };
                function = below;
                let args = Args::default();
                if let Some(reordered) = reorder(kind, &args, &function) {
                    item = reordered;
                    continue;
                }
            }
            expanded.extend(
                first
                    .path()
                    .segments
                    .last()
                    .map(|last| last.ident.to_string()),
            );
        }
    }

    fn permutations(names: &[&'static str], length: usize) -> Vec<Vec<&'static str>> {
        if length == 0 {
            return vec![Vec::new()];
        }
        let shorter = permutations(names, length - 1);
        let longer = shorter.iter().flat_map(|chosen| {
            let rest = names.iter().filter(|name| !chosen.contains(name));
            rest.map(|name| [chosen.as_slice(), &[*name]].concat())
        });
        longer.collect()
    }

    #[test]
    fn every_order_is_expanded_in_the_same_order() {
        let names: Vec<&str> = INNERMOST_FIRST.iter().map(|kind| kind.name()).collect();
        for length in 2..=4 {
            for written in permutations(&names, length) {
                let mut expected = written.clone();
                expected.sort_by_key(|name| names.iter().position(|other| other == name));
                assert_eq!(expansion_order(&written), expected, "{written:?}");
            }
        }
        let reversed: Vec<_> = names.iter().rev().copied().collect();
        assert_eq!(expansion_order(&reversed), names);
    }

    #[test]
    fn only_the_argument_stream_declares_a_stream() {
        for (attr, expected) in [
            (quote!(#[tracked_reply(stream)]), true),
            (quote!(#[tracked_turn(message = text, stream)]), true),
            (quote!(#[tracked_reply]), false),
            (quote!(#[tracked_reply(conversation = stream)]), false),
            (quote!(#[tracked_reply(properties(stream))]), false),
            (quote!(#[tracked_message(body = text, stream)]), false),
        ] {
            let function = TrackedFn::parse(quote!(#attr fn f() {}));
            let function = function.unwrap_or_else(|_| unreachable!("{attr}"));
            let is_declared = attributes(&function).iter().any(declares_stream);
            assert_eq!(is_declared, expected, "{attr}");
        }
    }

    #[test]
    fn other_attributes_keep_their_places() {
        let written = [
            "tracked_message",
            "a",
            "tracked_reply",
            "b",
            "tracked_tool",
            "c",
        ];
        let expected = [
            "tracked_tool",
            "a",
            "tracked_reply",
            "b",
            "tracked_message",
            "c",
        ];
        assert_eq!(expansion_order(&written), expected);
    }
}
