//! The formats of strings that are checked. Other formats accept every string.

/// A format of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    DateTime,
    Date,
    Time,
    Email,
    Uuid,
    Uri,
    Ipv4,
    Ipv6,
}

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" => Self::DateTime,
            "date" => Self::Date,
            "time" => Self::Time,
            "email" | "idn-email" => Self::Email,
            "uuid" => Self::Uuid,
            "uri" => Self::Uri,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    /// Returns the name with its article, for messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::DateTime => "an RFC 3339 date and time, such as `2025-01-31T12:00:00Z`",
            Self::Date => "a date, such as `2025-01-31`",
            Self::Time => "a time with an offset, such as `12:00:00Z`",
            Self::Email => "an email address",
            Self::Uuid => "a UUID",
            Self::Uri => "a URI",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
        }
    }

    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Self::DateTime => match text.split_once(['T', 't', ' ']) {
                Some((date, time)) => is_date(date) && is_time(time),
                None => false,
            },
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::Email => match text.rsplit_once('@') {
                Some((name, host)) => {
                    let is_host =
                        !host.is_empty() && !host.starts_with('.') && !host.ends_with('.');
                    !name.is_empty() && is_host && !text.contains(char::is_whitespace)
                }
                None => false,
            },
            Self::Uuid => is_uuid(text),
            Self::Uri => is_uri(text),
            Self::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
        }
    }
}

/// Parses exactly `digits` digits that are at most `max`.
fn number(text: Option<&str>, digits: usize, max: u32) -> Option<u32> {
    let text =
        text.filter(|text| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok().filter(|number| *number <= max)
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = number(parts.next(), 4, 9999);
    let month = number(parts.next(), 2, 12);
    let day = number(parts.next(), 2, 31);
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    month >= 1 && (1..=last).contains(&day)
}

/// Returns whether the text is `hh:mm:ss`, with a fraction and an offset.
fn is_time(text: &str) -> bool {
    let Some((time, offset)) = split_offset(text) else {
        return false;
    };
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let mut parts = time.split(':');
    let is_clock = number(parts.next(), 2, 23).is_some()
        && number(parts.next(), 2, 59).is_some()
        && number(parts.next(), 2, 60).is_some()
        && parts.next().is_none();
    let is_fraction = fraction
        .is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let is_offset = offset.is_none_or(|offset| {
        let mut parts = offset.split(':');
        number(parts.next(), 2, 23).is_some()
            && number(parts.next(), 2, 59).is_some()
            && parts.next().is_none()
    });
    is_clock && is_fraction && is_offset
}

/// Splits a time into the clock and the offset. `Z` has no offset.
fn split_offset(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, None));
    }
    let (time, offset) = text.rsplit_once(['+', '-'])?;
    Some((time, Some(offset)))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.is_empty()
        && !text.contains(char::is_whitespace)
}
