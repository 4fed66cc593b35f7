//! Dates, durations, and decimals of well-known libraries, as properties.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use chrono::TimeZone as _;
use copilot_track::testing::TestTracker;
use copilot_track::{CustomEvent, TrackEvent, tracked_tool};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use crate::derive::sent;

type Elapsed = Duration;
type Price = Option<Decimal>;

#[derive(Serialize)]
struct Latency {
    first: Duration,
}

#[derive(TrackEvent)]
struct Shipped<T> {
    took: Elapsed,
    at: SystemTime,
    steps: Vec<Duration>,
    by_step: BTreeMap<&'static str, Duration>,
    latency: Latency,
    generic: T,
    absent: Option<Duration>,
}

#[test]
fn std() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    let second = Duration::from_secs(1);
    sent(Shipped {
        took: second,
        at,
        steps: vec![second],
        by_step: BTreeMap::from([("pack", second)]),
        latency: Latency { first: second },
        generic: Some(second),
        absent: None,
    })
    .assert_property("took", 1000.0)
    .assert_property("at", "1970-01-01T00:00:01.5Z")
    .assert_property("steps", json!([1000.0]))
    .assert_property("byStep", json!({ "pack": 1000.0 }))
    .assert_property("latency", json!({ "first": 1000.0 }))
    .assert_property("generic", 1000.0)
    .assert_no_property("absent");
}

#[derive(TrackEvent)]
struct WithTime {
    at: time::OffsetDateTime,
    utc: time::UtcDateTime,
    local: time::PrimitiveDateTime,
    day: time::Date,
    clock: time::Time,
    took: time::Duration,
    #[track(with = "time::serde::timestamp")]
    unix: time::OffsetDateTime,
}

#[test]
fn time() {
    let at = time::OffsetDateTime::from_unix_timestamp(1_732_613_400).unwrap();
    let offset = time::UtcOffset::from_hms(5, 30, 0).unwrap();
    let local = at.to_offset(offset);
    sent(WithTime {
        at: local,
        utc: time::UtcDateTime::from(at),
        local: time::PrimitiveDateTime::new(local.date(), local.time()),
        day: local.date(),
        clock: local.time(),
        took: time::Duration::milliseconds(-1_500),
        unix: at,
    })
    .assert_property("at", "2024-11-26T15:00:00+05:30")
    .assert_property("utc", "2024-11-26T09:30:00Z")
    .assert_property("local", "2024-11-26T15:00:00")
    .assert_property("day", "2024-11-26")
    .assert_property("clock", "15:00:00")
    .assert_property("took", -1500.0)
    .assert_property("unix", 1_732_613_400);
}

#[derive(TrackEvent)]
struct WithChrono {
    at: chrono::DateTime<chrono::Utc>,
    offset: chrono::DateTime<chrono::FixedOffset>,
    local: chrono::NaiveDateTime,
    day: chrono::NaiveDate,
    took: Option<chrono::Duration>,
    deltas: Vec<chrono::TimeDelta>,
    #[track(with = "chrono::serde::ts_seconds")]
    unix: chrono::DateTime<chrono::Utc>,
}

#[test]
fn chrono() {
    let at = chrono::Utc.timestamp_opt(1_732_613_400, 0).unwrap();
    let offset = chrono::FixedOffset::east_opt(3_600).unwrap();
    sent(WithChrono {
        at,
        offset: at.with_timezone(&offset),
        local: at.naive_utc(),
        day: at.date_naive(),
        took: Some(chrono::TimeDelta::milliseconds(-1_500)),
        deltas: vec![chrono::TimeDelta::seconds(2)],
        unix: at,
    })
    .assert_property("at", "2024-11-26T09:30:00Z")
    .assert_property("offset", "2024-11-26T10:30:00+01:00")
    .assert_property("local", "2024-11-26T09:30:00")
    .assert_property("day", "2024-11-26")
    .assert_property("took", -1500.0)
    .assert_property("deltas", json!([2000.0]))
    .assert_property("unix", 1_732_613_400);
}

#[derive(TrackEvent)]
struct WithJiff {
    at: jiff::Timestamp,
    zoned: jiff::Zoned,
    local: jiff::civil::DateTime,
    day: jiff::civil::Date,
    took: jiff::SignedDuration,
    span: jiff::Span,
}

#[test]
fn jiff() {
    let at = jiff::Timestamp::from_second(1_732_613_400).unwrap();
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(1));
    let zoned = at.to_zoned(zone);
    sent(WithJiff {
        at,
        local: zoned.datetime(),
        day: zoned.date(),
        zoned,
        took: jiff::SignedDuration::from_millis(3_661_500),
        span: jiff::Span::new().days(1),
    })
    .assert_property("at", "2024-11-26T09:30:00Z")
    .assert_property("zoned", "2024-11-26T10:30:00+01:00")
    .assert_property("local", "2024-11-26T10:30:00")
    .assert_property("day", "2024-11-26")
    .assert_property("took", 3_661_500.0)
    .assert_property("span", "P1D");
}

#[derive(TrackEvent)]
struct WithDecimal {
    price: Decimal,
    discount: Price,
    #[track(with = "rust_decimal::serde::str")]
    text: Decimal,
}

#[test]
fn rust_decimal() {
    let event = sent(WithDecimal {
        price: Decimal::new(1990, 2),
        discount: Some(Decimal::new(-5, 1)),
        text: Decimal::new(1990, 2),
    });
    event
        .assert_property("price", 19.9)
        .assert_property("discount", -0.5)
        .assert_property("text", "19.90");
}

#[tracked_tool(type = "Shipping", properties(took, cost = Decimal::new(19, 1)))]
fn ship(took: Duration) {}

#[test]
fn properties_of_other_events() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let event = CustomEvent::new("Shipped").unwrap();
    conversation.track(event.property("took", Duration::from_millis(2)));
    let turn = conversation.turn("Ship it.");
    turn.in_scope(|| ship(Duration::from_millis(3)));
    let events = test.events();
    events[0].assert_property("took", 2.0);
    let shipped = events.last().unwrap();
    shipped
        .assert_property("took", 3.0)
        .assert_property("cost", 1.9);
    assert!(shipped.json()["properties"]["cost"].is_number());
}
