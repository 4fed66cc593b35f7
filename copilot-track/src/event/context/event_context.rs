//! The context of events: Segment's `context` object.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::context::limits::{fit, text};
use crate::event::context::objects::{App, Campaign, Device, Os, Page, Referrer};
use crate::event::extra_properties::SerializedValue;
use crate::util::json::tree::map_heap_size;

/// The fields that this crate sets.
const RESERVED: [&str; 3] = ["library", "consent", "sampling"];

/// The name of the field that contains an IP address.
pub(crate) const IP: &str = "ip";
/// The name of the field that contains the id of a trace.
pub(crate) const TRACE_ID: &str = "traceId";

/// What surrounds an event: Segment's `context` object.
///
/// The names and shapes are those of
/// [Segment's documentation](https://segment.com/docs/connections/spec/common/#context). A context
/// can be set for a [tracker](crate::TrackerBuilder::context), for a
/// [conversation](crate::Conversation::set_context), and for a
/// [turn](crate::Conversation::turn_with_context). The contexts are merged in this order: a later
/// field replaces an earlier one, and the fields of objects such as `app` are merged one by one. A
/// `page` with a URL replaces an earlier page. The context of a
/// [request](crate::Conversation::turn_in_request) is merged between those of the tracker and the
/// conversation.
///
/// ```
/// use copilot_track::{Context, Page};
///
/// let context = Context::new()
///     .ip("203.0.113.7")
///     .user_agent("Mozilla/5.0")
///     .locale("de-DE")
///     .timezone("Europe/Berlin")
///     .page(Page::new("https://example.com/pricing").title("Pricing"))
///     .group_id("acme");
/// # drop(context);
/// ```
///
/// # Limits
///
/// No value is an error. Strings are trimmed and cut at 2,048 bytes, and blank strings are not
/// sent. If a context has more than 8,000 bytes of JSON, its largest fields are left out. A value
/// that cannot be serialized, or that is nested more than 123 levels deep, is left out, too. Fields
/// that are left out are counted in
/// [`Ledger::context_fields_left_out`](crate::Ledger::context_fields_left_out).
///
/// # Privacy
///
/// The [content policy](crate::Content) also applies to the context:
///
/// | field | `Masked` | `Hidden` |
/// | --- | --- | --- |
/// | `ip` | the last part is set to zero (the last 8 bits of IPv4, the last 80 bits of IPv6) | not sent |
/// | `page`, `referrer` | personal data and secrets in strings are masked | without titles and query strings |
///
/// [`TrackerBuilder::client_ip`](crate::TrackerBuilder::client_ip) sets a stricter rule for `ip`.
/// Other fields are always sent unchanged.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[must_use]
pub struct Context {
    fields: Map<String, Value>,
    /// The number of fields that were left out because they could not be serialized.
    #[serde(skip)]
    left_out: u64,
}

macro_rules! text_fields {
    ($($(#[$doc:meta])* $method:ident => $name:expr,)*) => {$(
        $(#[$doc])*
        pub fn $method(mut self, $method: impl AsRef<str>) -> Self {
            self.fields
                .extend(text($method.as_ref()).map(|value| ($name.to_owned(), value)));
            self
        }
    )*};
}

macro_rules! object_fields {
    ($($(#[$doc:meta])* $method:ident: $object:ident,)*) => {$(
        $(#[$doc])*
        pub fn $method(mut self, $method: $object) -> Self {
            if !$method.0.is_empty() {
                self.fields
                    .insert(stringify!($method).to_owned(), Value::Object($method.0));
            }
            self
        }
    )*};
}

impl Context {
    /// Creates a context without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the customer's IP address: a string, or an `IpAddr`.
    pub fn ip(mut self, ip: impl fmt::Display) -> Self {
        let ip = text(&ip.to_string());
        self.fields.extend(ip.map(|ip| (IP.to_owned(), ip)));
        self
    }

    text_fields! {
        /// Sets the user agent of the customer's browser: `userAgent`.
        user_agent => "userAgent",
        /// Sets the locale, for example `de-DE`.
        locale => "locale",
        /// Sets the time zone, for example `Europe/Berlin`.
        timezone => "timezone",
        /// Sets the id of the customer's group, such as a company or an account: `groupId`. To send
        /// a Group call, use [`Conversation::group`](crate::Conversation::group).
        group_id => "groupId",
        /// Sets the id of a trace: `traceId`. To read the id of the current trace for each event,
        /// use [`TrackerBuilder::trace_id`](crate::TrackerBuilder::trace_id).
        trace_id => TRACE_ID,
    }

    object_fields! {
        /// Sets the page.
        page: Page,
        /// Sets the campaign.
        campaign: Campaign,
        /// Sets the referrer.
        referrer: Referrer,
        /// Sets the application.
        app: App,
        /// Sets the device.
        device: Device,
        /// Sets the operating system.
        os: Os,
    }

    /// Sets any other field.
    ///
    /// A value that serializes to `null` removes the field. The fields `library`, `consent`, and
    /// `sampling` cannot be set, because this crate sets them.
    pub fn set(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        if RESERVED.contains(&name.as_str()) {
            self.left_out += 1;
            return self;
        }
        let json = SerializedValue::of_owned(value).0.ok();
        match json.and_then(|json| serde_json::from_slice(&json).ok()) {
            Some(Value::Null) => {
                self.fields.remove(&name);
            }
            Some(Value::String(string)) => {
                self.fields.extend(text(&string).map(|value| (name, value)));
            }
            Some(value) => {
                self.fields.insert(name, value);
            }
            None => self.left_out += 1,
        }
        self
    }

    /// Returns a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Returns whether no field is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the fields of both contexts. The fields of `newer` replace those of this context,
    /// and objects are merged.
    pub(crate) fn merged_with(&self, newer: &Self) -> Self {
        let mut fields = self.fields.clone();
        for (name, value) in &newer.fields {
            match (fields.get_mut(name), value) {
                // The parts of a page belong to its URL.
                (Some(Value::Object(older)), Value::Object(newer))
                    if name != "page" || !newer.contains_key("url") =>
                {
                    older.extend(newer.clone());
                }
                _ => {
                    fields.insert(name.clone(), value.clone());
                }
            }
        }
        Self {
            fields,
            left_out: self.left_out + newer.left_out,
        }
    }

    /// Merges contexts, from the lowest to the highest. If the result is too large, fields are left
    /// out without counting them. A single context is returned without a check of its size.
    pub(crate) fn merged<'a>(
        contexts: impl IntoIterator<Item = &'a Arc<Self>>,
    ) -> Option<Arc<Self>> {
        let mut contexts = contexts.into_iter();
        let lowest = contexts.next()?;
        let Some(second) = contexts.next() else {
            return Some(Arc::clone(lowest));
        };
        let mut merged = lowest.merged_with(second);
        for newer in contexts {
            merged = merged.merged_with(newer);
        }
        // The fields were counted when each of the contexts was set.
        let _ = merged.fit();
        Some(Arc::new(merged))
    }

    /// Removes reserved fields, and the largest fields if the context is too large. Returns the
    /// number of fields that were left out.
    pub(crate) fn fit(&mut self) -> u64 {
        // A context can be deserialized, so reserved names are checked here, too.
        let mut left_out = std::mem::take(&mut self.left_out);
        for name in RESERVED {
            left_out += u64::from(self.fields.remove(name).is_some());
        }
        left_out + fit(&mut self.fields)
    }

    /// Returns the fields whose names `other` does not contain.
    pub(crate) fn without(&self, other: &Map<String, Value>) -> Self {
        let missing = self
            .fields
            .iter()
            .filter(|(name, _)| !other.contains_key(*name));
        Self {
            fields: missing
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            left_out: 0,
        }
    }

    /// Returns the approximate size of the memory that the context owns on the heap, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        map_heap_size(&self.fields)
    }

    /// Iterates over the fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values can contain personal data.
        f.debug_list().entries(self.fields.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(context: &Context) -> Value {
        serde_json::to_value(context).unwrap()
    }

    #[test]
    fn names_and_shapes_are_those_of_segment() {
        let context = Context::new()
            .ip(std::net::Ipv4Addr::LOCALHOST)
            .user_agent("ua")
            .locale("de-DE")
            .timezone("Europe/Berlin")
            .page(Page::new("https://a.example/b?c").title("t").referrer("r"))
            .campaign(Campaign::new().name("n").source("s").medium("m"))
            .referrer(Referrer::new().kind("ad").url("u"))
            .app(App::new().name("a").version("1"))
            .device(Device::new().kind("ios").model("m"))
            .os(Os::new().name("iOS"))
            .group_id("acme")
            .trace_id("t-1")
            .set("channel", "server")
            .set("screen", json!({ "width": 320 }));
        assert_eq!(
            json(&context),
            json!({
                "ip": "127.0.0.1", "userAgent": "ua", "locale": "de-DE",
                "timezone": "Europe/Berlin",
                "page": {
                    "url": "https://a.example/b?c", "path": "/b", "search": "?c", "title": "t",
                    "referrer": "r",
                },
                "campaign": { "name": "n", "source": "s", "medium": "m" },
                "referrer": { "type": "ad", "url": "u" },
                "app": { "name": "a", "version": "1" },
                "device": { "type": "ios", "model": "m" },
                "os": { "name": "iOS" },
                "groupId": "acme", "traceId": "t-1", "channel": "server",
                "screen": { "width": 320 },
            })
        );
        let read: Context = serde_json::from_value(json(&context)).unwrap();
        assert_eq!(read, context);
    }

    #[test]
    fn a_newer_context_wins_and_objects_are_merged() {
        let older = Context::new()
            .locale("en")
            .os(Os::new().name("iOS").version("17"));
        let newer = Context::new().locale("de").os(Os::new().version("18"));
        assert_eq!(
            json(&older.merged_with(&newer)),
            json!({ "locale": "de", "os": { "name": "iOS", "version": "18" } })
        );
    }

    #[test]
    fn a_newer_page_replaces_an_older_one() {
        let older = Context::new().page(Page::new("https://a.example/b?c").title("B"));
        let newer = Context::new().page(Page::new("https://a.example/d"));
        assert_eq!(older.merged_with(&newer), newer);
        let titled = Context::new().page(Page::default().title("T"));
        assert_eq!(json(&newer.merged_with(&titled))["page"]["path"], "/d");
    }

    #[test]
    fn odd_values_are_sent_as_text_or_left_out() {
        let context = Context::new()
            .ip("not an address")
            .locale("x".repeat(300))
            .user_agent("\u{0}")
            .timezone("  ")
            .page(Page::new(""));
        assert_eq!(
            json(&context),
            json!({ "ip": "not an address", "locale": "x".repeat(300), "userAgent": "\u{0}" })
        );
    }

    #[test]
    fn what_cannot_be_sent_is_counted() {
        let mut context = Context::new()
            .set("library", "mine")
            .set("map", std::collections::HashMap::from([((1, 2), 3)]))
            .set("large", vec!["x".repeat(100); 100])
            .set("small", 1);
        assert_eq!(context.fit(), 3);
        assert_eq!(json(&context), json!({ "small": 1 }));
        assert_eq!(context.fit(), 0);
    }

    #[test]
    fn a_context_that_was_read_is_checked() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        let control_characters = "\\u0001".repeat(2_000);
        let text = format!(
            r#"{{"fits":{},"deep":{},"{control_characters}":1}}"#,
            nested(123),
            nested(124)
        );
        let mut context: Context = serde_json::from_str(&text).unwrap();
        assert_eq!(context.fit(), 2);
        assert_eq!(
            context.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["fits"]
        );
    }

    #[test]
    fn only_fields_that_are_set_are_found() {
        let context = Context::new().trace_id("t-1");
        assert_eq!(context.get(TRACE_ID), Some(&json!("t-1")));
        assert_eq!(context.get(IP), None);
    }

    #[test]
    fn null_removes_a_field() {
        let context = Context::new().locale("de").set("locale", None::<u8>);
        assert!(context.is_empty());
    }

    #[test]
    fn debug_output_contains_only_names() {
        let debug = format!("{:?}", Context::new().ip("203.0.113.7"));
        assert_eq!(debug, r#"["ip"]"#);
    }
}
