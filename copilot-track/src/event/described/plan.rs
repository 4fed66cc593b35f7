//! The macro that lists the events of a tracking plan.

/// Lists the events of a tracking plan, for a test that compares them with a checked-in file.
///
/// The arguments are the types of your events: structs with [`#[derive(TrackEvent)]`][derive]. The
/// names, the types, and the doc comments of their properties come from the structs. The spec's
/// events need not be listed.
///
/// The macro needs the `copilot-track-plan` crate as a dev-dependency. It expands to a call to
/// `copilot_track_plan::Plan::from_rules` and adds no code outside the test.
///
/// ```ignore
/// #[test]
/// fn the_tracking_plan_is_current() {
///     copilot_track::plan![ItemPurchased, QuoteCreated]
///         .with_sources(copilot_track_plan::scan("src").unwrap())
///         .assert_matches("tracking-plan.json");
/// }
/// ```
///
/// Run the test with `UPDATE_PLAN=1` to write the file. Its path is relative to the folder of your
/// package's `Cargo.toml`.
///
/// # Events of another crate
///
/// The derive macro describes an event only in a crate that is compiled as a test. If another crate
/// defines the events, enable the `plan` feature. Without it, `plan!` does not compile. A plan in
/// `tests/plan.rs` also needs the feature to list events of the library in the same package.
/// Building your program does not use the feature:
///
/// ```toml
/// [dev-dependencies]
/// copilot-track = { version = "0.1", features = ["plan"] }
/// copilot-track-plan = "0.1"
/// ```
///
/// # Types
///
/// The compiler determines the types of properties, so aliases work. A property is required unless
/// its type is an `Option` or it has `skip_serializing_if`.
///
/// | type of the property | schema |
/// | --- | --- |
/// | `bool`, numbers, strings, and paths | `boolean`, `integer`, `number`, or `string` |
/// | `SystemTime`, and dates with a time and an offset of `time`, `chrono`, and `jiff` | `string` with the format `date-time` |
/// | `time::Date`, `chrono::NaiveDate`, `jiff::civil::Date` | `string` with the format `date` |
/// | durations, and decimals of `rust_decimal` | `number` |
/// | `uuid::Uuid`, other dates and times, `semver::Version`, and similar types | `string` |
/// | lists, sets, and arrays; maps | `array` with the type of its items; `object` with the type of its values |
/// | pointers and wrappers, such as `Box`, `Arc`, `Cow`, and `Mutex` | the type of the value inside |
/// | an enum without data that also implements `Deserialize` | `string` with the names of the variants |
/// | a type of yours that implements `schemars::JsonSchema`, with the `schemars` feature | the schema of the type |
/// | another type that implements `Deserialize` | what it asks for: a string, a list, or an object with these fields and their types |
/// | another type of the same crate, with [`with_sources`] | what the sources show, for example the fields of a struct that only implements `Serialize` |
/// | `serde_json::Value`, and a property with `with` | any value |
/// | any other type | any value; `x-copilot-track-type` is the name of the type |
///
/// The properties of a flattened struct become properties of the event. They are optional, unless
/// the schema of the struct requires them. An event that flattens a map can have any other
/// property.
///
/// [derive]: macro@crate::TrackEvent
/// [`with_sources`]: https://docs.rs/copilot-track-plan/latest/copilot_track_plan/struct.PlanCheck.html#method.with_sources
#[macro_export]
macro_rules! plan {
    ($($events:tt)*) => {
        $crate::__private::plan! { $crate; $($events)* }
    };
}
