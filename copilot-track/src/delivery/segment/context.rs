//! Writes the context of an event, with the privacy settings applied.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::event::context::event_context::{Context, IP};
use crate::privacy::client_ip::ClientIp;
use crate::privacy::content::{Content, Policy};
use crate::util::json::string;

/// The privacy settings that apply to a context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContextPolicy<'a> {
    pub(crate) content: Policy<'a>,
    pub(crate) client_ip: ClientIp,
}

impl ContextPolicy<'_> {
    /// Appends each field as `,"name":value`.
    pub(crate) fn write(self, context: &Context, out: &mut Vec<u8>) {
        for (name, value) in context.iter() {
            if let Some(value) = self.json(name, value) {
                out.push(b',');
                string(name, out);
                out.push(b':');
                out.extend_from_slice(&value);
            }
        }
    }

    /// Returns the JSON of the part of a field that is sent.
    pub(crate) fn json(self, name: &str, value: &Value) -> Option<Vec<u8>> {
        let json = self.value(name, value)?.to_string();
        if !is_about_page(name) || self.content.content != Content::Masked {
            return Some(json.into_bytes());
        }
        let mut masked = Vec::new();
        self.content.apply(&json, &mut masked);
        Some(masked)
    }

    /// Returns whether a policy can change the field.
    pub(crate) fn applies_to(name: &str) -> bool {
        name == IP || is_about_page(name)
    }

    /// Returns the part of a field that is sent.
    fn value(self, name: &str, value: &Value) -> Option<Value> {
        match value {
            _ if name == IP => {
                let rule = self.client_ip.max(ClientIp::of(self.content.content));
                match value.as_str() {
                    Some(ip) => rule.apply(ip).map(Value::from),
                    None => (rule == ClientIp::Full).then(|| value.clone()),
                }
            }
            _ if !is_about_page(name) || self.content.content != Content::Hidden => {
                Some(value.clone())
            }
            Value::Object(page) => Some(hidden_page(page)),
            Value::String(url) => Some(without_query(url).into()),
            _ => None,
        }
    }
}

/// Returns what is sent of a page or a referrer with hidden content: strings, but no title and no
/// query string.
fn hidden_page(page: &Map<String, Value>) -> Value {
    let kept = page
        .iter()
        .filter(|(name, _)| !["title", "search"].contains(&name.as_str()));
    let hidden = kept.filter_map(|(name, value)| {
        let url = without_query(value.as_str()?);
        Some((name.clone(), Value::from(url)))
    });
    Value::Object(hidden.collect())
}

fn is_about_page(name: &str) -> bool {
    name == "page" || name == "referrer"
}

fn without_query(url: &str) -> Cow<'_, str> {
    url.split(['?', '#']).next().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::context::objects::Page;
    use crate::privacy::masking::masker::Masker;

    fn written(content: Content, client_ip: ClientIp) -> Value {
        let masker = &Masker::default();
        let policy = ContextPolicy {
            content: Policy { content, masker },
            client_ip,
        };
        let page =
            Page::new("https://a.example/b?mail=me@example.com").title("Hello, me@example.com");
        let given = Context::new().ip("203.0.113.7").page(page).locale("de");
        let mut out = Vec::new();
        policy.write(&given, &mut out);
        let json = format!("{{\"first\":0{}}}", String::from_utf8(out).unwrap());
        let mut json: Value = serde_json::from_str(&json).unwrap();
        json.as_object_mut().unwrap().remove("first");
        json
    }

    #[test]
    fn the_content_policy_applies() {
        assert_eq!(
            written(Content::Full, ClientIp::Full),
            json!({
                "ip": "203.0.113.7", "locale": "de",
                "page": {
                    "url": "https://a.example/b?mail=me@example.com", "path": "/b",
                    "search": "?mail=me@example.com", "title": "Hello, me@example.com",
                },
            })
        );
        let masked = written(Content::Masked, ClientIp::Full);
        assert_eq!(masked["ip"], "203.0.113.0");
        assert!(!masked.to_string().contains("me@example"), "{masked}");
        assert_eq!(masked["page"]["path"], "/b");
        assert_eq!(
            written(Content::Hidden, ClientIp::Full),
            json!({ "locale": "de", "page": { "url": "https://a.example/b", "path": "/b" } })
        );
    }

    #[test]
    fn hidden_content_has_no_pages_of_other_types() {
        let masker = &Masker::default();
        let content = Content::Hidden;
        let policy = ContextPolicy {
            content: Policy { content, masker },
            client_ip: ClientIp::Full,
        };
        let hidden = |value: Value| policy.value("referrer", &value);
        assert_eq!(
            hidden(json!("https://a.example/?q=x")),
            Some(json!("https://a.example/"))
        );
        assert_eq!(hidden(json!(["https://a.example/?q=x"])), None);
        assert_eq!(
            hidden(json!({ "url": "u", "more": ["x"] })),
            Some(json!({ "url": "u" }))
        );
    }

    #[test]
    fn the_stricter_rule_for_addresses_applies() {
        let ip = |content, rule| written(content, rule).get("ip").cloned();
        assert_eq!(
            ip(Content::Full, ClientIp::Truncated),
            Some(json!("203.0.113.0"))
        );
        assert_eq!(ip(Content::Full, ClientIp::Dropped), None);
        assert_eq!(ip(Content::Masked, ClientIp::Dropped), None);
    }
}
