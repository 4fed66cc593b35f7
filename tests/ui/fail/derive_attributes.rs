use copilot_track::TrackEvent;

#[derive(TrackEvent)]
#[track(rename = "x", flatten, nmae = "y", crate = relative, name = "Bought", name = "Sold")]
struct OnTheStruct {
    a: u8,
}

#[derive(TrackEvent)]
struct OnAField {
    #[track(name = "x")]
    a: u8,
    #[track(skip, flatten)]
    b: u8,
    #[track(rename)]
    c: u8,
    #[track(flatten = true)]
    d: u8,
    #[track]
    e: u8,
    #[track(skipp)]
    f: u8,
    #[track(content, flatten, rename = 5)]
    g: u8,
}

#[derive(TrackEvent)]
#[track(rename_all = "camelcase", case = "snake_case", description = "The customer bought an item.")]
struct OtherWordsOnTheStruct {
    a: u8,
}

#[derive(TrackEvent)]
struct OtherWordsOnAField {
    #[track(optional)]
    a: u8,
    #[track(default)]
    b: u8,
}

fn main() {}
