use copilot_track::TrackEvent;

const RESERVED: &str = " message sent ";
const EMPTY: &str = " ";

#[derive(TrackEvent)]
#[track(name = RESERVED)]
struct Reserved {
    a: u8,
}

#[derive(TrackEvent)]
#[track(name = EMPTY)]
struct Empty {
    a: u8,
}

fn main() {}
