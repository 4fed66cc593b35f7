//! The reasons why events are not delivered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Passes the table of drop reasons to the macro `$then`. Each row has the form `Variant =>
/// counter`.
///
/// Everything that exists once per reason is generated from this table: the variants of
/// [`DropReason`], the fields of [`Dropped`], the counters, the labels, and the log fields.
macro_rules! drop_reasons {
    ($then:ident) => {
        $then! {
            /// The queue had reached its event limit or its byte limit.
            QueueFull => queue_full,
            /// The event was larger than 32,000 bytes, even after its strings were truncated.
            TooLarge => too_large,
            /// The event could not be encoded as JSON, had an invalid id or rating, or was damaged
            /// or deleted in the spool by other code.
            Invalid => invalid,
            /// The endpoint rejected the event.
            Rejected {
                /// The HTTP status, or `None` if the event was rejected by a transport without
                /// statuses.
                status: Option<u16>,
            } => rejected,
            /// The endpoint stayed unreachable or kept requesting a later retry until the retry
            /// budget or the maximum number of retries was exhausted.
            Expired => expired,
            /// The `before_send` hook returned `None` or panicked.
            Hook => hook,
            /// The event was still pending when the tracker shut down, or was emitted after that.
            Shutdown => shutdown,
            /// The spool had reached its size limit.
            SpoolFull => spool_full,
            /// The event was tracked from inside the library: either by code that runs on a
            /// delivery thread (a hook, a transport, an event's own code, or a log subscriber), or
            /// on another thread by the `size_hint` or `Drop` implementation of an event, by the
            /// closure that returns the trace id, by the destructor of a closure or value that the
            /// application passed to the library, or by a log subscriber that handles one of the
            /// library's own records. Such events could trigger one another endlessly.
            Reentrant => reentrant,
        }
    };
}
pub(super) use drop_reasons;

macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $variant:ident $({ $(#[$field_doc:meta])* $field:ident: $type:ty $(,)? })? => $name:ident,
    )*) => {
        /// The reason an event was not delivered.
        ///
        /// ```
        /// use copilot_track::DropReason;
        ///
        /// let reason = DropReason::Rejected { status: Some(401) };
        /// assert_eq!(reason.as_str(), "rejected");
        /// assert_eq!(reason.to_string(), "rejected (status 401)");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DropReason {
            $(
                $(#[$doc])*
                $variant $({ $(#[$field_doc])* $field: $type })?,
            )*
        }

        /// The reasons without their data, in the order of the table.
        #[derive(Clone, Copy)]
        enum ReasonKind {
            $($variant,)*
        }

        /// The names of the reasons, in the order of the table.
        const NAMES: [&str; DROP_REASONS] = [$(stringify!($name),)*];

        /// The number of reasons.
        pub(super) const DROP_REASONS: usize = [$(ReasonKind::$variant,)*].len();

        impl DropReason {
            fn kind(self) -> ReasonKind {
                match self {
                    $(Self::$variant { .. } => ReasonKind::$variant,)*
                }
            }
        }

        /// The number of dropped events for each [`DropReason`].
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(default)]
        #[non_exhaustive]
        pub struct Dropped {
            $(
                #[doc = concat!("Events dropped for [`DropReason::", stringify!($variant), "`].")]
                pub $name: u64,
            )*
        }

        impl Dropped {
            /// Creates a value from counts in the order of the table.
            pub(super) fn from_counts(counts: [u64; DROP_REASONS]) -> Self {
                let [$($name,)*] = counts;
                Self { $($name,)* }
            }

            /// Adds the counts.
            pub(super) fn plus(self, other: &Self) -> Self {
                Self {
                    $($name: self.$name.saturating_add(other.$name),)*
                }
            }

            /// Returns the counts in the order of the table.
            fn counts(&self) -> [u64; DROP_REASONS] {
                [$(self.$name,)*]
            }
        }
    };
}
drop_reasons!(define);

impl DropReason {
    /// Returns the reason's name in `snake_case`. Its field in [`Dropped`] and its label in metrics
    /// have the same name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES[self.index()]
    }

    /// Returns the reason's position in the table.
    pub(super) fn index(self) -> usize {
        self.kind() as usize
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Rejected {
                status: Some(status),
            } => write!(f, " (status {status})"),
            _ => Ok(()),
        }
    }
}

impl Dropped {
    /// Returns the number of events dropped for `reason`. The status of [`DropReason::Rejected`] is
    /// ignored.
    #[must_use]
    pub fn get(&self, reason: DropReason) -> u64 {
        self.counts()[reason.index()]
    }

    /// Returns the total number of dropped events.
    #[must_use]
    pub fn total(&self) -> u64 {
        let counts = self.counts().into_iter();
        counts.fold(0, u64::saturating_add)
    }

    /// Iterates over the name (see [`DropReason::as_str`]) and the count of each reason.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        NAMES.into_iter().zip(self.counts())
    }
}

/// Formats the reasons with a count above zero, e.g. `rejected 2, hook 1`. Writes nothing if no
/// event was dropped.
impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (reason, events) in self.iter().filter(|&(_, events)| events > 0) {
            write!(f, "{separator}{reason} {events}")?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [DropReason; DROP_REASONS] = [
        DropReason::QueueFull,
        DropReason::TooLarge,
        DropReason::Invalid,
        DropReason::Rejected { status: None },
        DropReason::Expired,
        DropReason::Hook,
        DropReason::Shutdown,
        DropReason::SpoolFull,
        DropReason::Reentrant,
    ];

    #[test]
    fn each_reason_has_its_own_count_and_name() {
        let mut counts = [0; DROP_REASONS];
        for (reason, count) in ALL.into_iter().zip(1..) {
            counts[reason.index()] = count;
        }
        let dropped = Dropped::from_counts(counts);
        for (reason, count) in ALL.into_iter().zip(1..) {
            assert_eq!(dropped.get(reason), count, "{reason}");
            assert!(
                dropped
                    .iter()
                    .any(|entry| entry == (reason.as_str(), count))
            );
        }
        assert_eq!(dropped.total(), counts.iter().sum::<u64>());
        assert_eq!((dropped.queue_full, dropped.spool_full), (1, 8));
    }

    #[test]
    fn a_status_does_not_change_the_name_or_the_count() {
        let with_status = DropReason::Rejected { status: Some(401) };
        let without = DropReason::Rejected { status: None };
        assert_eq!(with_status.as_str(), without.as_str());
        assert_eq!(with_status.index(), without.index());
        assert_eq!(with_status.to_string(), "rejected (status 401)");
        assert_eq!(without.to_string(), "rejected");
    }

    #[test]
    fn only_counts_above_zero_are_displayed() {
        let dropped = Dropped {
            rejected: 2,
            hook: 1,
            ..Dropped::default()
        };
        assert_eq!(dropped.to_string(), "rejected 2, hook 1");
        assert_eq!(Dropped::default().to_string(), "");
    }
}
