use copilot_track::TrackEvent;
use serde::Serialize;

#[derive(TrackEvent, Serialize)]
struct Skipped {
    #[serde(skip)]
    #[track(rename = "b", content)]
    a: u8,
    c: u8,
}

#[derive(TrackEvent, Serialize)]
#[serde(transparent)]
struct Transparent {
    a: u8,
}

#[derive(Serialize)]
struct Sent {
    a: u8,
}

impl From<Converted> for Sent {
    fn from(converted: Converted) -> Self {
        Sent { a: converted.a }
    }
}

#[derive(TrackEvent, Serialize, Clone)]
#[serde(into = "Sent")]
struct Converted {
    a: u8,
    secret: u8,
}

#[derive(TrackEvent, Serialize)]
struct Reserved {
    #[serde(rename = "messageId")]
    a: u8,
}

// Without `derive(Serialize)`, the compiler rejects the attribute.
#[derive(TrackEvent)]
struct WithoutSerialize {
    #[serde(skip)]
    secret: u8,
    a: u8,
}

fn main() {}
