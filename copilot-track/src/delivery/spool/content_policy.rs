//! Applies a stricter content policy to events that were stored under a less strict one.

use bytes::Bytes;

use crate::delivery::segment::context::ContextPolicy;
use crate::privacy::client_ip::ClientIp;
use crate::privacy::content::Policy;
use crate::util::json::members::Members;
use crate::util::json::string;

/// Applies the policy to the context and to the properties named in `content_properties`, as a
/// record of the spool contains them.
///
/// If the event or the names are damaged, the event is replaced with an empty object, because
/// unmasked data must not be sent.
pub(crate) fn apply_stricter(policy: Policy<'_>, content_properties: &str, json: &Bytes) -> Bytes {
    let mut out = Vec::with_capacity(json.len());
    match try_apply(policy, content_properties, json, &mut out) {
        Some(()) => out.into(),
        None => Bytes::from_static(b"{}"),
    }
}

fn try_apply(
    policy: Policy<'_>,
    content_properties: &str,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let names = StoredNames::parse(content_properties)?;
    let event = Members::of(str::from_utf8(json).ok()?)?;
    let context_policy = ContextPolicy {
        content: policy,
        client_ip: ClientIp::default(),
    };
    let write_property = |name: &str, value: &str, out: &mut Vec<u8>| {
        if names.contains(name) {
            policy.apply(value, out);
        } else {
            out.extend_from_slice(value.as_bytes());
        }
    };
    let write_context_field = |name: &str, value: &str, out: &mut Vec<u8>| {
        if ContextPolicy::applies_to(name) {
            let parsed = serde_json::from_str(value).ok();
            let json = parsed.and_then(|value| context_policy.json(name, &value));
            out.extend_from_slice(json.as_deref().unwrap_or(b"null"));
        } else {
            out.extend_from_slice(value.as_bytes());
        }
    };
    write_object(&event, out, |name, value, out| {
        let members = Members::of(value);
        match (name, &members) {
            ("properties", Some(properties)) => write_object(properties, out, write_property),
            ("context", Some(context)) => write_object(context, out, write_context_field),
            _ => out.extend_from_slice(value.as_bytes()),
        }
    });
    Some(())
}

/// The names of an event's content properties, as a record of the spool contains them.
#[derive(Debug)]
enum StoredNames<'a> {
    /// Each name is followed by a line break. Files of format 1 contain such records.
    Lines(&'a str),
    Names(Vec<String>),
}

impl<'a> StoredNames<'a> {
    /// Parses the names. Returns `None` if they are damaged.
    fn parse(stored: &'a str) -> Option<Self> {
        if stored.is_empty() || stored.ends_with('\n') {
            // A JSON array does not end with a line break.
            return Some(Self::Lines(stored));
        }
        serde_json::from_str(stored).ok().map(Self::Names)
    }

    fn contains(&self, name: &str) -> bool {
        match self {
            // A name can itself contain line breaks. It then occupies several lines.
            Self::Lines(lines) => {
                let mut rest = Some(*lines);
                while let Some(lines) = rest {
                    if lines
                        .strip_prefix(name)
                        .is_some_and(|end| end.starts_with('\n'))
                    {
                        return true;
                    }
                    rest = lines.split_once('\n').map(|(_, next)| next);
                }
                false
            }
            Self::Names(names) => names.iter().any(|stored| stored == name),
        }
    }
}

/// Writes an object and calls `write` to write each of its values.
fn write_object(
    members: &Members<'_>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&str, &str, &mut Vec<u8>),
) {
    out.push(b'{');
    let mut separator = None;
    for (name, value) in members.iter() {
        out.extend(separator.replace(b','));
        string(name, out);
        out.push(b':');
        write(name, value.get(), out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::content::Content;
    use crate::privacy::masking::masker::Masker;

    fn hidden(json: &str) -> String {
        hidden_in(r#"["message_body","note"]"#, json)
    }

    fn hidden_in(content_properties: &str, json: &str) -> String {
        let masker = &Masker::default();
        let policy = Policy {
            content: Content::Hidden,
            masker,
        };
        let json = apply_stricter(policy, content_properties, &Bytes::from(json.to_owned()));
        String::from_utf8(json.to_vec()).unwrap()
    }

    #[test]
    fn only_content_changes() {
        assert_eq!(
            hidden(
                r#"{"n":1e400,"properties":{"note":"abc","big":340282366920938463463374607431768211455,"z":-0}}"#
            ),
            r#"{"n":1e400,"properties":{"note":"[hidden: 3 characters]","big":340282366920938463463374607431768211455,"z":-0}}"#
        );
        assert_eq!(hidden(r#"{"properties":{}}"#), r#"{"properties":{}}"#);
        assert_eq!(hidden("[1]"), "{}");
    }

    #[test]
    fn the_context_changes_too() {
        assert_eq!(
            hidden(
                r#"{"context":{"library":{"name":"n"},"ip":"203.0.113.7","page":{"url":"https://a/b?c","title":"t"}}}"#
            ),
            r#"{"context":{"library":{"name":"n"},"ip":null,"page":{"url":"https://a/b"}}}"#
        );
    }

    #[test]
    fn a_name_with_line_breaks_is_found() {
        let both = r#"{"properties":{"a\nb":"abc","b":"abc"}}"#;
        let cases = [
            (
                r#"["a\nb"]"#,
                r#"{"properties":{"a\nb":"[hidden: 3 characters]","b":"abc"}}"#,
            ),
            (r#"["a","\nb"]"#, both),
            // It is not known whether these lines are one name or two, so both are hidden.
            (
                "message_body\na\nb\n",
                r#"{"properties":{"a\nb":"[hidden: 3 characters]","b":"[hidden: 3 characters]"}}"#,
            ),
            ("a\nbc\nab\n", both),
            ("", both),
        ];
        for (names, expected) in cases {
            assert_eq!(hidden_in(names, both), expected, "{names}");
        }
        let blank = r#"{"properties":{"":"abc","\r":"abc"}}"#;
        for (names, expected) in [
            (
                "\n\r\n",
                r#"{"properties":{"":"[hidden: 3 characters]","\r":"[hidden: 3 characters]"}}"#,
            ),
            (
                r#"[""]"#,
                r#"{"properties":{"":"[hidden: 3 characters]","\r":"abc"}}"#,
            ),
        ] {
            assert_eq!(hidden_in(names, blank), expected, "{names}");
        }
    }

    #[test]
    fn an_event_with_damaged_names_is_not_sent() {
        let event = r#"{"properties":{"note":"abc"}}"#;
        for names in ["note", r#"["note""#, r#"{"note":1}"#, "[1]", " "] {
            assert_eq!(hidden_in(names, event), "{}", "{names}");
        }
    }

    #[test]
    fn the_depth_of_an_event_does_not_matter() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let event = format!(r#"{{"properties":{{"note":"abc","deep":{deep}}}}}"#);
        assert_eq!(
            hidden(&event),
            event.replace("abc", "[hidden: 3 characters]")
        );
    }
}
