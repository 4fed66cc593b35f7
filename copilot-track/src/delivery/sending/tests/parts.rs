//! Bisections with a simulated endpoint.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::delivery::sending::parts::{MAX_BISECTION_REQUESTS, Parts, Step};

/// The result of delivering a batch.
#[derive(Debug, Default)]
struct Outcome {
    /// The events that were accepted, in the order of arrival.
    accepted: Vec<usize>,
    rejected: BTreeSet<usize>,
    /// The number of requests, including the first.
    requests: u32,
}

enum Response {
    Accept,
    Refuse,
    TooLarge,
}

/// Delivers a batch to an endpoint. Asserts that each event has exactly one outcome.
fn deliver(events: usize, mut respond: impl FnMut(Range<usize>) -> Response) -> Outcome {
    let mut parts = Parts::whole(events);
    let mut outcome = Outcome::default();
    while let Some(step) = parts.next() {
        match step {
            Step::Reject(range) => {
                outcome.rejected.extend(range);
                parts.dropped();
            }
            Step::Send(range) => {
                assert_eq!(parts.next(), Some(Step::Send(range.clone())), "a retry");
                outcome.requests += 1;
                let is_split = match respond(range.clone()) {
                    Response::Accept => {
                        outcome.accepted.extend(range);
                        parts.accepted();
                        continue;
                    }
                    Response::Refuse => parts.refused(),
                    Response::TooLarge => parts.too_large(),
                };
                if !is_split {
                    outcome.rejected.extend(range);
                    parts.dropped();
                }
                parts.sample();
            }
        }
    }
    let mut all = outcome.accepted.clone();
    all.extend(&outcome.rejected);
    all.sort_unstable();
    assert_eq!(all, (0..events).collect::<Vec<_>>());
    outcome
}

/// Delivers a batch to an endpoint that refuses each request with one of these events.
fn with_invalid(events: usize, invalid: impl IntoIterator<Item = usize>) -> Outcome {
    let invalid: BTreeSet<_> = invalid.into_iter().collect();
    let outcome = deliver(events, |range| {
        if invalid.range(range).next().is_some() {
            Response::Refuse
        } else {
            Response::Accept
        }
    });
    assert!(outcome.requests <= 1 + MAX_BISECTION_REQUESTS);
    assert!(invalid.is_subset(&outcome.rejected));
    outcome
}

#[test]
fn one_invalid_event_is_rejected_alone() {
    for events in [1, 2, 3, 5, 8, 100] {
        for invalid in 0..events {
            let outcome = with_invalid(events, [invalid]);
            assert_eq!(outcome.rejected, [invalid].into(), "{events}");
        }
    }
    let mut most = 0;
    for invalid in (0..2_500).step_by(7) {
        let outcome = with_invalid(2_500, [invalid]);
        assert_eq!(outcome.rejected, [invalid].into());
        most = most.max(outcome.requests);
    }
    assert!(most <= 28, "{most}");
}

#[test]
fn a_few_invalid_events_are_rejected_alone() {
    for (events, invalid) in [
        (100, vec![0, 99]),
        (100, vec![3, 50, 77]),
        (2_500, vec![0, 2_499]),
        (2_500, vec![100, 2_300]),
        (2_500, vec![1_249, 1_250]),
        (2_500, vec![10, 1_200, 2_000]),
        (2_500, (700..720).collect()),
        (2_500, (0..10).collect()),
    ] {
        let outcome = with_invalid(events, invalid.clone());
        assert_eq!(outcome.rejected, invalid.into_iter().collect(), "{events}");
    }
}

#[test]
fn the_number_of_requests_is_limited_if_many_events_are_invalid() {
    for every in [2, 3, 10, 50, 200, 500] {
        let outcome = with_invalid(2_500, (every / 2..2_500).step_by(every));
        if every >= 500 {
            assert!(outcome.accepted.len() > 1_000, "{every}");
        }
    }
}

#[test]
fn the_bisection_ends_early_if_the_endpoint_refuses_everything() {
    for (events, requests) in [(1, 1), (2, 3), (3, 5), (8, 11), (100, 12), (2_500, 12)] {
        let outcome = with_invalid(events, 0..events);
        assert_eq!(outcome.requests, requests, "{events}");
    }
}

#[test]
fn one_valid_event_among_many_invalid_ones_does_not_end_the_bisection() {
    // The last event is the first that is sent alone.
    let outcome = with_invalid(2_500, 0..1_250);
    assert_eq!(outcome.accepted.len(), 1_250);
}

#[test]
fn events_arrive_in_order_unless_no_part_is_accepted_at_first() {
    for invalid in (400..2_500).step_by(11) {
        let outcome = with_invalid(2_500, [invalid]);
        assert!(outcome.accepted.is_sorted(), "{invalid}");
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_without_a_limit() {
    let outcome = deliver(2_500, |range| {
        if range.len() > 3 {
            Response::TooLarge
        } else {
            Response::Accept
        }
    });
    assert_eq!(outcome.accepted, (0..2_500).collect::<Vec<_>>());
    let outcome = deliver(100, |_| Response::TooLarge);
    assert_eq!(outcome.rejected.len(), 100);
}

#[test]
fn an_invalid_event_in_a_batch_that_is_too_large_affects_no_other_part() {
    let outcome = deliver(2_500, |range| {
        if range.len() > 10 {
            Response::TooLarge
        } else if range.contains(&1_000) {
            Response::Refuse
        } else {
            Response::Accept
        }
    });
    assert_eq!(outcome.rejected, [1_000].into());
}

#[test]
fn a_part_that_is_accepted_later_does_not_make_valid_events_invalid() {
    // The first request is refused for a reason that has nothing to do with its events.
    let mut requests = 0;
    let outcome = deliver(100, |_| {
        requests += 1;
        if requests == 1 {
            Response::Refuse
        } else {
            Response::Accept
        }
    });
    assert_eq!(outcome.accepted.len(), 100);
    assert!(outcome.requests <= 9, "{}", outcome.requests);
}

#[test]
fn events_with_an_outcome_are_left_out() {
    let steps = |events, with_outcome: &[(usize, usize)]| {
        let ranges = with_outcome.iter().map(|(start, end)| *start..*end);
        let with_outcome: Vec<_> = ranges.collect();
        let mut parts = Parts::except(events, &with_outcome);
        let mut steps = Vec::new();
        while let Some(step) = parts.next() {
            steps.push(step);
            parts.accepted();
        }
        assert!(parts.is_done());
        steps
    };
    assert_eq!(steps(9, &[(2, 4)]), [Step::Send(0..2), Step::Send(4..9)]);
    assert_eq!(
        steps(9, &[(0, 1), (3, 4), (8, 9)]),
        [Step::Send(1..3), Step::Send(4..8)]
    );
    assert_eq!(steps(2, &[(0, 1), (1, 2)]), []);
    assert_eq!(steps(2, &[]), [Step::Send(0..2)]);
}

#[test]
fn an_accepted_sample_that_is_the_first_half_of_a_part_shows_that_the_other_half_is_invalid() {
    let mut sent = Vec::new();
    let outcome = deliver(24, |range| {
        sent.push(range.clone());
        if range == (0..1) || range == (2..3) {
            Response::Accept
        } else {
            Response::Refuse
        }
    });
    assert!(
        sent.contains(&(0..3)) && !sent.contains(&(1..3)),
        "{sent:?}"
    );
    assert_eq!(outcome.accepted, [0, 2]);
}
