//! `rating`, `role`, and `message_id` are cloned, because the body may use the value too. The other
//! values are only borrowed.

use copilot_track::spec::Rating;
use copilot_track::{Role, tracked_feedback, tracked_media, tracked_tool};

enum Stars {
    Five,
}

impl From<Stars> for Rating {
    fn from(Stars::Five: Stars) -> Self {
        Self::from(5)
    }
}

enum Sender {
    Robot,
}

impl From<Sender> for Role {
    fn from(Sender::Robot: Sender) -> Self {
        Self::AiAgent
    }
}

enum Kind {
    A,
}

#[tracked_feedback(rating = Stars::Five)]
fn convertible() {}

#[tracked_feedback(rating = Kind::A)]
fn not_a_rating() {}

#[tracked_feedback(rating = rating)]
fn generic<T: Into<Rating>>(rating: T) {
    drop(rating);
}

#[tracked_tool(type = "t", role = Sender::Robot)]
async fn sender() {
    std::future::ready(()).await;
}

#[tracked_tool(type = "t", media(type = "image", sub_type = "png", role = Sender::Robot))]
fn sender_of_media() {}

#[tracked_media(type = "image", sub_type = "png", message_id = Kind::A)]
fn not_a_message_id() {}

fn main() {}
