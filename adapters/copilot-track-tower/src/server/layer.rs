//! The layer for services that receive requests.

use std::sync::Arc;

use copilot_track::Conversations;
use tower_layer::Layer;

use crate::input::counts::RequestCounts;
use crate::server::service::TrackService;
use crate::server::settings::Settings;

/// A layer that finds the user, the conversation, and the context of each request, and that returns
/// the ids of the conversation and the reply.
///
/// [`TrackLayer::new`] has the default settings. [`TrackLayer::builder`] changes them. The layer is
/// cheap to clone, and all clones share their conversations and counts.
///
/// Add the layer inside the layers whose extensions your closures read, such as those of sessions.
/// In axum, a layer that is added later is outside.
#[derive(Debug, Clone)]
pub struct TrackLayer {
    settings: Arc<Settings>,
}

impl TrackLayer {
    pub(crate) fn from_settings(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    /// Returns the conversations of this process.
    #[must_use]
    pub fn conversations(&self) -> &Conversations {
        &self.settings.conversations
    }

    /// Returns how many parts of requests were not used.
    #[must_use]
    pub fn counts(&self) -> RequestCounts {
        self.settings.counters.read()
    }
}

impl<S> Layer<S> for TrackLayer {
    type Service = TrackService<S>;

    fn layer(&self, inner: S) -> TrackService<S> {
        TrackService::new(inner, Arc::clone(&self.settings))
    }
}
