use copilot_track::TrackEvent;

struct Opaque;

#[derive(TrackEvent)]
struct Bought {
    item: Opaque,
    #[track(flatten)]
    rest: Opaque,
}

struct NotAnEvent;

fn main() {
    let conversation = copilot_track::Tracker::disabled().conversation(copilot_track::User::known("1").unwrap());
    conversation.track(NotAnEvent);
}
