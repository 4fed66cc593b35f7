use copilot_track::TrackEvent;

#[derive(TrackEvent)]
enum Bought {
    Item { id: String },
}

#[derive(TrackEvent)]
union Either {
    a: u8,
    b: u8,
}

#[derive(TrackEvent)]
struct Tuple(u8, #[track(rename = "b")] u8);

#[derive(TrackEvent)]
struct Opened;

#[derive(TrackEvent)]
struct AllSkipped {
    #[track(skip)]
    a: u8,
}

#[derive(TrackEvent)]
#[track(empty)]
struct NotEmpty {
    a: u8,
}

fn sends(_: impl TrackEvent) {}

fn main() {
    // There is no second error here, because the impl exists.
    sends(Opened);
}
