//! Only the incomplete parts are reported. The functions and their types remain usable.

use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type = "t")]
async fn body(text: String) -> usize {
    text.
}

#[tracked_reply(rol)]
async fn arguments(text: String) -> String {
    text
}

fn main() {
    let _ = async {
        let _: usize = body(String::new()).await;
        let _: String = arguments(String::new()).await;
    };
}
