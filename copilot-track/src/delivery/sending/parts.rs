//! The parts of a batch, and the order in which they are sent.
//!
//! A batch is first sent as a whole. If it is too large, it is split in two until each part fits.
//! If it is refused as invalid, one of its events may be the cause. The batch is then bisected: its
//! valid events are delivered, and only the others are rejected. At most
//! [`MAX_BISECTION_REQUESTS`] additional requests are made for this.
//!
//! If no event is accepted, the cause is not an event, but the request itself: for example, the
//! endpoint is a proxy that refuses every request. To detect this early, up to [`MAX_SAMPLES`]
//! single events are sent, which are spread over the batch. If all are refused, the bisection ends.

use std::ops::Range;

/// The maximum number of additional requests for a batch that is refused as invalid. Retries do not
/// count.
pub(crate) const MAX_BISECTION_REQUESTS: u32 = 64;
/// The number of refused requests after which single events are sent, if none was accepted: the
/// batch, its first half, quarter, and eighth.
const REFUSALS_BEFORE_SAMPLES: u32 = 4;
/// The number of single events that are sent before the request is considered invalid.
const MAX_SAMPLES: usize = 8;

/// Consecutive events of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    events: Range<usize>,
    /// Whether the part belongs to a part that was refused as invalid.
    is_bisected: bool,
    /// Whether the part must contain an invalid event, because the other half of a refused part was
    /// accepted.
    is_invalid: bool,
    /// For the first half of a refused part: the end of the second half.
    sibling_end: Option<usize>,
}

/// The parts of a batch that have no outcome yet.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The next part is the last element.
    pending: Vec<Part>,
    /// The number of bisection requests that can still be made.
    requests_left: u32,
    /// The number of requests that were refused as invalid.
    refused: u32,
    /// Whether an event was accepted.
    any_accepted: bool,
    /// The events that will be sent alone. `None` until they are chosen.
    samples: Option<Vec<usize>>,
}

/// What to do with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Range<usize>),
    /// The part is rejected without being sent.
    Reject(Range<usize>),
}

impl Parts {
    /// Creates the only part of a batch with `events` events.
    pub(crate) fn whole(events: usize) -> Self {
        Self::except(events, &[])
    }

    /// Creates the parts of a batch with `events` events, some of which have an outcome already.
    /// The ranges with these events are in order.
    pub(crate) fn except(events: usize, with_outcome: &[Range<usize>]) -> Self {
        let starts = with_outcome.iter().map(|range| range.end);
        let ends = with_outcome.iter().map(|range| range.start);
        let gaps = std::iter::once(0)
            .chain(starts)
            .zip(ends.chain(std::iter::once(events)));
        let part = |(start, end)| Part {
            events: start..end,
            is_bisected: false,
            is_invalid: false,
            sibling_end: None,
        };
        let mut pending: Vec<_> = gaps.filter(|(start, end)| start < end).map(part).collect();
        pending.reverse();
        Self {
            pending,
            requests_left: MAX_BISECTION_REQUESTS,
            refused: 0,
            any_accepted: false,
            samples: None,
        }
    }

    /// Returns the next step, or `None` if all parts have an outcome. The same step is returned
    /// again until one of the other methods is called.
    pub(crate) fn next(&mut self) -> Option<Step> {
        loop {
            let part = self.pending.last()?;
            let events = part.events.clone();
            if part.is_bisected && self.requests_left == 0 {
                return Some(Step::Reject(events));
            }
            if !part.is_invalid || events.len() == 1 {
                return Some(Step::Send(events));
            }
            // A request with this part would only confirm that it is invalid.
            if !self.can_bisect() {
                return Some(Step::Reject(events));
            }
            self.bisect();
        }
    }

    /// Returns whether all parts have an outcome.
    pub(crate) fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// Removes the current part, which was delivered.
    pub(crate) fn accepted(&mut self) {
        self.any_accepted = true;
        self.count_request();
        let Some(part) = self.pending.pop() else {
            return;
        };
        if let Some(end) = part.sibling_end
            && let Some(next) = self.pending.last_mut()
            && next.events == (part.events.end..end)
        {
            next.is_invalid = true;
        }
    }

    /// Removes the current part, whose events were dropped.
    pub(crate) fn dropped(&mut self) {
        self.pending.pop();
    }

    /// Splits the current part, which is too large. Returns `false` if it is a single event.
    pub(crate) fn too_large(&mut self) -> bool {
        self.count_request();
        let is_bisected = self.pending.last().is_some_and(|part| part.is_bisected);
        (!is_bisected || self.can_bisect()) && self.split(is_bisected, false)
    }

    /// Splits the current part, which was refused as invalid. Returns `false` if the part is a
    /// single event, or if too few requests are left to bisect it.
    pub(crate) fn refused(&mut self) -> bool {
        self.count_request();
        self.refused += 1;
        self.can_bisect() && self.bisect()
    }

    /// Chooses the next single event, if no event has been accepted so far. Call this method after
    /// a refused part has been split or dropped.
    pub(crate) fn sample(&mut self) {
        if self.any_accepted || self.refused < REFUSALS_BEFORE_SAMPLES {
            return;
        }
        let mut samples = match self.samples.take() {
            Some(samples) => samples,
            None => self.choose_samples(),
        };
        match samples.pop() {
            Some(event) => self.move_to_front(event),
            None => self.reject_bisected(),
        }
        self.samples = Some(samples);
    }

    fn count_request(&mut self) {
        if self.pending.last().is_some_and(|part| part.is_bisected) {
            self.requests_left = self.requests_left.saturating_sub(1);
        }
    }

    /// Returns whether the current part can be split in two without using requests that other parts
    /// need.
    fn can_bisect(&self) -> bool {
        let others = self.pending.len().saturating_sub(1);
        let is_sent =
            |part: &&Part| part.is_bisected && !(part.is_invalid && part.events.len() > 1);
        let needed = self.pending.iter().take(others).filter(is_sent).count() + 2;
        usize::try_from(self.requests_left).is_ok_and(|left| left >= needed)
    }

    fn bisect(&mut self) -> bool {
        self.split(true, true)
    }

    /// Splits the current part. Returns `false` if it is a single event.
    fn split(&mut self, is_bisected: bool, one_half_is_invalid: bool) -> bool {
        let Some(part) = self.pending.pop_if(|part| part.events.len() > 1) else {
            return false;
        };
        let Range { start, end } = part.events;
        let middle = start + (end - start) / 2;
        let half = |events, sibling_end| Part {
            events,
            is_bisected,
            is_invalid: false,
            sibling_end,
        };
        self.pending.push(half(middle..end, None));
        self.pending
            .push(half(start..middle, one_half_is_invalid.then_some(end)));
        true
    }

    /// Returns events that are spread evenly over the parts that have not been sent. The current
    /// part is a part of the latest refused part.
    fn choose_samples(&self) -> Vec<usize> {
        let unsent: Vec<usize> = self
            .pending
            .iter()
            .rev()
            .filter(|part| part.is_bisected && !part.is_invalid)
            .flat_map(|part| part.events.clone())
            .collect();
        let count = unsent.len().min(MAX_SAMPLES);
        let last = unsent.len().saturating_sub(1);
        let gaps = count.saturating_sub(1).max(1);
        (0..count)
            .filter_map(|sample| unsent.get(sample * last / gaps).copied())
            .collect()
    }

    /// Makes the event the current part.
    fn move_to_front(&mut self, event: usize) {
        let contains = |part: &Part| part.is_bisected && part.events.contains(&event);
        let Some(index) = self.pending.iter().position(contains) else {
            return;
        };
        let part = self.pending.remove(index);
        let pieces = [event + 1..part.events.end, part.events.start..event];
        let pieces = pieces.into_iter().filter(|events| !events.is_empty());
        let pieces: Vec<_> = pieces
            .map(|events| Part {
                events,
                sibling_end: None,
                ..part.clone()
            })
            .collect();
        self.pending.splice(index..index, pieces);
        self.pending.push(Part {
            events: event..event + 1,
            ..part
        });
    }

    /// Ends the bisection. The remaining parts are rejected without being sent.
    fn reject_bisected(&mut self) {
        self.requests_left = 0;
        for part in &mut self.pending {
            part.is_invalid |= part.is_bisected;
        }
    }
}
