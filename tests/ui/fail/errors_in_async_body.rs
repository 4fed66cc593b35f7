use copilot_track::{tracked_media, tracked_reply};

struct ShopError;

#[tracked_reply]
async fn another_type() -> Result<String, std::io::Error> {
    Ok(5)
}

#[tracked_reply]
async fn no_value() -> String {}

#[tracked_reply]
async fn early(flag: bool) -> String {
    if flag {
        return 5;
    }
    String::new()
}

#[tracked_reply]
async fn another_error(text: &str) -> Result<String, ShopError> {
    let n: u8 = text.parse()?;
    Ok(n.to_string())
}

#[tracked_reply]
async fn borrows(text: &String) -> &str {
    let copy = text.clone();
    &copy
}

#[tracked_media(type = "image", sub_type = "png")]
async fn moves(text: String) -> u8 {
    drop(text);
    drop(text);
    1
}

#[tracked_media(type = "image", sub_type = "png")]
async fn unused(text: String) -> u8 {
    #[deny(unused_variables)]
    let more = 1;
    1
}

#[tracked_media(type = "image", sub_type = "png")]
async fn is_not_send() -> u8 {
    let held = std::rc::Rc::new(1);
    std::future::ready(()).await;
    *held
}

fn send<T: Send>(_: T) {}

fn main() {
    send(is_not_send());
    let _: u8 = is_not_send();
}
