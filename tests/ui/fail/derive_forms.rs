//! `flatten`, `with`, and arguments of other libraries.

use copilot_track::TrackEvent;

type Numbers = Option<Vec<u8>>;

#[derive(TrackEvent)]
struct Flattened {
    #[track(flatten)]
    number: u8,
    #[track(flatten)]
    list: Vec<u8>,
    #[track(flatten)]
    text: String,
    #[track(flatten)]
    alias: Numbers,
}

mod of_numbers {
    pub fn serialize<S: serde::Serializer>(_: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

#[derive(TrackEvent)]
struct With {
    #[track(with = "of_numbers")]
    text: String,
    #[track(with = "missing")]
    missing: u8,
    #[track(with = 5)]
    number: u8,
    #[track(with)]
    nothing: u8,
    #[track(serialize_with = "of_numbers::serialize")]
    function: u8,
    #[track(skip_serializing_if = "Option::is_none")]
    condition: Option<u8>,
    #[track(ignore)]
    ignored: u8,
    #[track(key = "x")]
    key: u8,
    #[track(skip = "yes")]
    flag: u8,
}

#[derive(TrackEvent)]
#[track(event = "Item Bought", rename_all = snake_case)]
struct OtherKeys {
    a: u8,
}

#[derive(TrackEvent)]
#[track(type = "Item\nBought")]
struct OtherKey {
    #[track(rename = "a\tb")]
    a: u8,
}

fn main() {}
