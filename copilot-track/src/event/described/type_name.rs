//! The parts of a name that [`std::any::type_name`] returns.

/// A type, by the parts of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TypeName<'a> {
    Reference(&'a str),
    /// A slice or an array, by the type of its elements.
    List(&'a str),
    Tuple(Vec<&'a str>),
    /// A path, such as `alloc::vec::Vec`, and its arguments without lifetimes.
    Path(&'a str, Vec<&'a str>),
    /// A pointer, a function, or a trait object.
    Other,
}

impl<'a> TypeName<'a> {
    pub(super) fn parse(name: &'a str) -> Self {
        let name = name.trim();
        if let Some(referent) = name.strip_prefix('&') {
            let referent = match referent.strip_prefix('\'') {
                Some(lifetime) => lifetime.split_once(' ').map_or("", |(_, rest)| rest),
                None => referent,
            };
            return Self::Reference(referent.strip_prefix("mut ").unwrap_or(referent));
        }
        if let Some(inner) = enclosed(name, '[', ']') {
            let element = match top_level(inner, "; ").as_slice() {
                [element, ..] => *element,
                [] => "",
            };
            return Self::List(element);
        }
        if let Some(inner) = enclosed(name, '(', ')') {
            return Self::Tuple(top_level(inner, ", "));
        }
        let is_other = [
            "*const ", "*mut ", "dyn ", "fn(", "unsafe ", "extern ", "for<", "!",
        ]
        .iter()
        .any(|start| name.starts_with(start));
        if is_other {
            return Self::Other;
        }
        match name.split_once('<') {
            Some((path, arguments)) => {
                let arguments = arguments.strip_suffix('>').unwrap_or(arguments);
                let mut arguments = top_level(arguments, ", ");
                arguments.retain(|argument| !argument.starts_with('\''));
                Self::Path(path, arguments)
            }
            None => Self::Path(name, Vec::new()),
        }
    }

    /// Returns the arguments of a function type.
    pub(super) fn function_arguments(name: &'a str) -> Vec<&'a str> {
        let inner = name
            .strip_prefix("fn")
            .and_then(|name| enclosed(name, '(', ')'));
        inner.map_or_else(Vec::new, |inner| top_level(inner, ", "))
    }
}

fn enclosed(name: &str, open: char, close: char) -> Option<&str> {
    name.strip_prefix(open)?.strip_suffix(close)
}

/// Splits the parts of a list that are separated by `separator` outside brackets.
fn top_level<'a>(list: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth, mut previous) = (Vec::new(), 0, 0_usize, ' ');
    for (index, char) in list.char_indices() {
        match char {
            '<' | '(' | '[' | '{' => depth += 1,
            // The arrow of a function type is no bracket.
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = char;
        let is_separator = depth == 0
            && list
                .get(index..)
                .is_some_and(|rest| rest.starts_with(separator));
        if is_separator && index >= start {
            parts.extend(list.get(start..index));
            start = index + separator.len();
        }
    }
    let rest = list.get(start..).unwrap_or_default();
    // A tuple of one element ends with a comma.
    let rest = rest.strip_suffix(',').unwrap_or(rest);
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn names_are_split_into_their_parts() {
        let path = TypeName::Path;
        for (name, parts) in [
            ("u8", path("u8", vec![])),
            ("&str", TypeName::Reference("str")),
            ("&'static mut str", TypeName::Reference("str")),
            ("[u8]", TypeName::List("u8")),
            ("[[u8; 2]; 3]", TypeName::List("[u8; 2]")),
            ("()", TypeName::Tuple(vec![])),
            ("(u8,)", TypeName::Tuple(vec!["u8"])),
            (
                "(a::B<c, d>, [u8; 2])",
                TypeName::Tuple(vec!["a::B<c, d>", "[u8; 2]"]),
            ),
            (
                "a::B<'_, c::D<e, f>, g>",
                path("a::B", vec!["c::D<e, f>", "g"]),
            ),
            (
                "a::B<fn(u8) -> u8, c>",
                path("a::B", vec!["fn(u8) -> u8", "c"]),
            ),
            ("dyn core::fmt::Debug", TypeName::Other),
            ("fn(u8) -> u8", TypeName::Other),
            ("", path("", vec![])),
            ("a<b", path("a", vec!["b"])),
            ("&'", TypeName::Reference("")),
        ] {
            assert_eq!(TypeName::parse(name), parts, "{name}");
        }
    }

    #[test]
    fn the_arguments_of_a_function_are_split() {
        type Fields =
            fn(String, HashMap<u8, (bool, char)>, &'static str, Cow<'static, str>, [u8; 2]);
        let arguments = TypeName::function_arguments(type_name::<Fields>());
        assert_eq!(arguments.len(), 5, "{arguments:?}");
        assert_eq!(arguments[0], "alloc::string::String");
        assert!(arguments[1].ends_with("HashMap<u8, (bool, char)>"));
        assert_eq!(arguments[2], "&str");
        assert_eq!(arguments[4], "[u8; 2]");
        assert_eq!(
            TypeName::function_arguments(type_name::<fn()>()),
            Vec::<&str>::new()
        );
        assert_eq!(TypeName::function_arguments(type_name::<fn(u8)>()), ["u8"]);
    }
}
