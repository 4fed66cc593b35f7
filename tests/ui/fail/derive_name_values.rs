use copilot_track::TrackEvent;

const NUMBER: u8 = 1;

#[derive(TrackEvent)]
#[track(name = NUMBER)]
struct Number {
    a: u8,
}

#[derive(TrackEvent)]
#[track(name = MISSING)]
struct Missing {
    a: u8,
}

#[derive(TrackEvent)]
#[track(name = name())]
struct Called {
    a: u8,
}

fn main() {}
