//! Applies a stricter content policy to events that were stored under a less strict one.

use bytes::Bytes;

use crate::privacy::content::Policy;
use crate::util::json::members::Members;
use crate::util::json::string;

/// Applies the policy to the properties named in `content_properties`, one name per line.
///
/// An event that is not valid JSON is replaced with an empty object, because unmasked data must not
/// be sent.
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
    let event = Members::of(str::from_utf8(json).ok()?)?;
    write_object(&event, out, |name, value, out| {
        match Members::of(value).filter(|_| name == "properties") {
            Some(properties) => write_object(&properties, out, |name, value, out| {
                if content_properties.lines().any(|line| line == name) {
                    policy.apply(value, out);
                } else {
                    out.extend_from_slice(value.as_bytes());
                }
            }),
            None => out.extend_from_slice(value.as_bytes()),
        }
    });
    Some(())
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
        let masker = &Masker::default();
        let policy = Policy {
            content: Content::Hidden,
            masker,
        };
        let json = apply_stricter(
            policy,
            "message_body\nnote\n",
            &Bytes::from(json.to_owned()),
        );
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
    fn the_depth_of_an_event_does_not_matter() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let event = format!(r#"{{"properties":{{"note":"abc","deep":{deep}}}}}"#);
        assert_eq!(
            hidden(&event),
            event.replace("abc", "[hidden: 3 characters]")
        );
    }
}
