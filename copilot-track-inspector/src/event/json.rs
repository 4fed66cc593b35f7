//! Serializes an event, in full or in brief.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

use super::model::Event;
use crate::text::truncated;

/// The maximum length of a message text in a list, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// An event with its raw call.
pub(crate) struct FullEvent<'a>(pub(crate) &'a Event);

/// An event that contains, instead of its raw call, only the part that is shown in lists.
pub(crate) struct BriefEvent<'a>(pub(crate) &'a Event);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullJson<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_context: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_integrations: Option<&'a RawValue>,
    raw: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BriefJson<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<&'a RawValue>,
    #[serde(rename = "cut", skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_id: Option<&'a str>,
}

impl Serialize for FullEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0.raw).map_err(S::Error::custom)?;
        let request = &self.0.delivery.request;
        FullJson {
            event: self.0,
            batch_context: raw_value(request.batch_context.as_ref()),
            batch_integrations: raw_value(request.batch_integrations.as_ref()),
            raw,
        }
        .serialize(serializer)
    }
}

impl Serialize for BriefEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let text = event.text.as_deref();
        BriefJson {
            event,
            text: text.map(|text| truncated(text, MAX_TEXT_BYTES)),
            text_bytes: text.map(str::len),
            properties: event.brief.properties.as_deref(),
            truncated: event.brief.truncated,
            name: event.brief.name.as_deref(),
            group_id: event.brief.group_id.as_deref(),
            previous_id: event.brief.previous_id.as_deref(),
        }
        .serialize(serializer)
    }
}

fn raw_value(json: Option<&String>) -> Option<&RawValue> {
    serde_json::from_str(json?).ok()
}
