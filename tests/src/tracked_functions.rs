//! A macro for other crates that contains attributes of this library.

/// Declares a tool, a recorded tool, a reply, and an event. A crate that uses this macro needs no
/// dependency on `copilot-track`.
#[macro_export]
macro_rules! tracked_functions {
    ($tool:ident, $recorded:ident, $reply:ident, $event:ident) => {
        #[$crate::tracking::tracked_tool(type = "t", crate = $crate::tracking)]
        pub fn $tool() {}

        #[$crate::tracking::tracked_tool(
            type = kind.to_owned(), crate = $crate::tracking, record(outcome), properties(length = kind.len())
        )]
        pub async fn $recorded(kind: &str) -> Result<usize, ::std::fmt::Error> {
            ::std::future::ready(Ok(kind.len())).await
        }

        #[$crate::tracking::tracked_reply(crate = $crate::tracking)]
        pub fn $reply(text: &str) -> String {
            text.to_uppercase()
        }

        #[derive($crate::tracking::TrackEvent)]
        #[track(crate = $crate::tracking)]
        pub struct $event {
            pub count: u32,
        }
    };
}
