//! Records the outcomes of letters that are being replayed.

use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::envelope::{ApiCall, Envelope};
use crate::delivery::sender::Sender;

/// Records the outcome of an envelope, if it is a dead letter that is being replayed.
pub(super) fn record_if_letter(sender: &Sender, envelope: &Envelope, outcome: LetterOutcome) {
    if let ApiCall::DeadLetter(letter) = &envelope.call
        && let Some(letters) = &sender.dead_letters
    {
        letters.outcomes.record(&letter.id, outcome);
    }
}
