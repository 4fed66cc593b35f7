//! The last conversation of each user.

use super::IdMap;
use crate::event::model::Event;

/// The sequence number of each user's last event in a conversation.
#[derive(Debug, Default)]
pub(super) struct LastEvents {
    known: IdMap<u64>,
    anonymous: IdMap<u64>,
}

impl LastEvents {
    /// Records an event of a conversation.
    pub(super) fn record(&mut self, event: &Event) {
        record(&mut self.known, event.user_id.as_deref(), event.seq);
        record(
            &mut self.anonymous,
            event.anonymous_id.as_deref(),
            event.seq,
        );
    }

    /// Removes an event that is removed from the store.
    pub(super) fn forget(&mut self, event: &Event) {
        forget(&mut self.known, event.user_id.as_deref(), event.seq);
        forget(
            &mut self.anonymous,
            event.anonymous_id.as_deref(),
            event.seq,
        );
    }

    /// Returns the last events of the anonymous user and of the known user, in this order. The
    /// anonymous id comes first, because a device usually has one conversation at a time, but a
    /// user may have several.
    pub(super) fn of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> impl Iterator<Item = u64> {
        let anonymous = anonymous.and_then(|id| self.anonymous.get(id));
        let known = user.and_then(|id| self.known.get(id));
        anonymous.into_iter().chain(known).copied()
    }
}

fn record(last: &mut IdMap<u64>, id: Option<&str>, seq: u64) {
    let Some(id) = id else {
        return;
    };
    // The id is copied only if it is new.
    if let Some(last) = last.get_mut(id) {
        *last = seq;
    } else {
        last.insert(id.to_owned(), seq);
    }
}

fn forget(last: &mut IdMap<u64>, id: Option<&str>, seq: u64) {
    if let Some(id) = id
        && last.get(id) == Some(&seq)
    {
        last.remove(id);
    }
}
