use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::date::DateType;
use super::kind::{WellKnown, replacement};

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = Vec::new();
    crate::util::json::value(value, 2, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn durations_are_numbers_of_milliseconds_at_any_depth() {
    #[derive(Serialize)]
    struct Usage {
        waited: Duration,
        steps: Vec<Duration>,
    }
    let duration = Duration::from_micros(1_500);
    assert_eq!(json(&duration), "1.5");
    assert_eq!(json(&&duration), "1.5");
    assert_eq!(json(&Some(duration)), "1.5");
    assert_eq!(json(&None::<Duration>), "null");
    assert_eq!(json(&[duration, Duration::from_secs(2)]), "[1.5,2000.0]");
    assert_eq!(json(&(duration, "a")), r#"[1.5,"a"]"#);
    assert_eq!(json(&BTreeMap::from([("a", duration)])), r#"{"a":1.5}"#);
    assert_eq!(json(&Box::new(Arc::new(duration))), "1.5");
    assert_eq!(json(&Cow::<Duration>::Owned(duration)), "1.5");
    assert_eq!(json(&Duration::ZERO), "0.0");
    let usage = Usage {
        waited: duration,
        steps: vec![duration],
    };
    assert_eq!(json(&usage), r#"{"waited":1.5,"steps":[1.5]}"#);
}

#[test]
fn a_time_of_the_system_is_a_date() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_732_613_400_250);
    assert_eq!(json(&at), r#""2024-11-26T09:30:00.25Z""#);
    assert_eq!(json(&vec![Some(at)]), r#"["2024-11-26T09:30:00.25Z"]"#);
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert_eq!(
        json(&far),
        r#"{"secs_since_epoch":1099511627776,"nanos_since_epoch":0}"#
    );
}

#[test]
fn an_implementation_that_chooses_a_form_is_not_overruled() {
    struct AsSeconds(Duration);

    impl Serialize for AsSeconds {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u64(self.0.as_secs())
        }
    }
    assert_eq!(json(&AsSeconds(Duration::from_secs(3))), "3");
}

#[test]
fn a_type_with_a_well_known_name_is_not_converted() {
    #[derive(Serialize)]
    struct Duration {
        secs: u64,
        nanos: u32,
    }
    let duration = Duration { secs: 1, nanos: 2 };
    assert_eq!(json(&duration), r#"{"secs":1,"nanos":2}"#);
}

#[test]
fn types_are_found_by_library_and_name() {
    let date = WellKnown::Date(DateType::OffsetDateTime);
    for (name, kind) in [
        ("time::offset_date_time::OffsetDateTime", Some(date)),
        ("time::OffsetDateTime", Some(date)),
        ("&&mut time::OffsetDateTime", Some(date)),
        ("alloc::boxed::Box<time::OffsetDateTime>", Some(date)),
        ("alloc::vec::Vec<time::OffsetDateTime>", None),
        ("chrono::time_delta::TimeDelta", Some(WellKnown::Duration)),
        ("jiff::zoned::Zoned", Some(WellKnown::ZonedDate)),
        (
            "jiff::signed_duration::SignedDuration",
            Some(WellKnown::DurationText),
        ),
        ("jiff::span::Span", None),
        ("rust_decimal::decimal::Decimal", Some(WellKnown::Decimal)),
        ("shop::time::Duration", None),
        ("alloc::string::String", None),
        ("u8", None),
    ] {
        assert_eq!(WellKnown::of(name), kind, "{name}");
    }
}

#[test]
fn the_forms_of_each_library_are_converted() {
    let date = |ty| WellKnown::Date(ty);
    for (kind, written, sent) in [
        (
            date(DateType::OffsetDateTime),
            "[2026,60,9,30,0,5000000,-3,-30,0]",
            r#""2026-03-01T09:30:00.005-03:30""#,
        ),
        (
            date(DateType::OffsetDateTime),
            "[2026,1,9,30,0,0,1,0,30]",
            r#""2026-01-01T08:29:30Z""#,
        ),
        (
            date(DateType::UtcDateTime),
            "[2026,1,9,30,0,0]",
            r#""2026-01-01T09:30:00Z""#,
        ),
        (
            date(DateType::LocalDateTime),
            "[2026,1,9,30,0,0]",
            r#""2026-01-01T09:30:00""#,
        ),
        (date(DateType::Date), "[2026,365]", r#""2026-12-31""#),
        (
            date(DateType::Time),
            "[9,30,0,120000000]",
            r#""09:30:00.12""#,
        ),
        (
            date(DateType::Timestamp),
            "1500000000",
            r#""1970-01-01T00:00:01.5Z""#,
        ),
        (
            WellKnown::ZonedDate,
            r#""2026-01-01T09:30:00+01:00[Europe/Berlin]""#,
            r#""2026-01-01T09:30:00+01:00""#,
        ),
        (WellKnown::Duration, "[-2,-500000000]", "-2500.0"),
        (WellKnown::Duration, "[-3,500000000]", "-2500.0"),
        (WellKnown::DurationText, r#""-PT1H2M3.5S""#, "-3723500.0"),
        (WellKnown::DurationText, r#""PT0S""#, "0.0"),
        (WellKnown::Decimal, r#""19.90""#, "19.90"),
        (
            WellKnown::Decimal,
            r#""-0.000000000000000000000000001""#,
            "-0.000000000000000000000000001",
        ),
    ] {
        let json = replacement(kind, written.as_bytes()).unwrap();
        assert_eq!(json.get(), sent, "{written}");
    }
    for (kind, written) in [
        (date(DateType::Date), "[2026,400]"),
        (date(DateType::Date), r#""2026-01-01""#),
        (date(DateType::OffsetDateTime), "[10000,1,0,0,0,0,0,0,0]"),
        (WellKnown::Duration, "5"),
        (WellKnown::DurationText, r#""P1DT2H""#),
        (WellKnown::DurationText, r#""PT2X""#),
        (WellKnown::Decimal, "19.9"),
        (WellKnown::Decimal, r#""[1]""#),
        (WellKnown::Decimal, r#""1,5""#),
    ] {
        assert!(replacement(kind, written.as_bytes()).is_none(), "{written}");
    }
}
