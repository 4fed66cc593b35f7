//! Lints that apply to a function still apply when the function is annotated: the functions in this
//! file expect the lints that they violate.

#![deny(warnings, clippy::pedantic, unfulfilled_lint_expectations)]
#![allow(dead_code, reason = "the functions are only compiled")]

use copilot_track::{
    Conversation, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool,
};

/// Returns the current conversation, for `conversation = …`.
fn current_conversation() -> Option<Conversation> {
    Conversation::current()
}

fn done() -> Result<u8, String> {
    std::env::args().next().map(|_| 1).ok_or_else(String::new)
}

/// A value that does something when it is dropped.
struct Guard(u8);

impl Drop for Guard {
    fn drop(&mut self) {
        assert_ne!(self.0, 255);
    }
}

/// Defines functions that violate lints of rustc. The functions start with `$start`.
macro_rules! functions {
    (@ $name:ident [$($attr:tt)*] [$($async:ident)?] [$($start:tt)*]) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $($attr)*
            $($async)? fn unused_parameters(
                #[expect(unused_variables)] text: Vec<String>,
                #[expect(unused_variables)] number: u8,
                #[expect(unused_variables)] reference: &str,
                #[expect(unused_mut)] mut other: u8,
            ) -> Result<u8, String> {
                $($start)*
                done().map(|n| n + other)
            }

            $($attr)*
            #[expect(unused_variables)]
            $($async)? fn unused_parameter(text: String) -> Result<u8, String> {
                $($start)*
                done()
            }

            $($attr)*
            $($async)? fn unused_in_a_pattern(#[expect(unused_variables)] (a, b): (String, u8)) -> Result<u8, String> {
                $($start)*
                done().map(|n| n + b)
            }

            $($attr)*
            #[expect(unused_assignments)]
            $($async)? fn assigned(mut number: u8) -> Result<u8, String> {
                $($start)*
                let before = number;
                number = 3;
                done().map(|n| n + before)
            }

            #[expect(unused_assignments)]
            $($attr)*
            $($async)? fn assigned_text(mut text: String) -> Result<u8, String> {
                $($start)*
                let before = u8::from(text.is_empty());
                text = String::new();
                done().map(|n| n + before)
            }

            /// Changing a guard before it is dropped is not an assignment that is never read.
            $($attr)*
            $($async)? fn changed_before_drop(mut guard: Guard) -> Result<u8, String> {
                $($start)*
                guard.0 = 3;
                done()
            }

            struct Connection {
                state: Guard,
            }

            impl Connection {
                /// Changing a field before `self` is dropped is not a useless assignment.
                #[allow(clippy::needless_pass_by_value)]
                $($attr)*
                $($async)? fn closed(mut self, text: String) -> Result<u8, String> {
                    $($start)*
                    self.state.0 += u8::from(text.is_empty());
                    self.state.0 = 3;
                    done()
                }
            }

            $($attr)*
            #[expect(unreachable_code)]
            $($async)? fn unreachable(number: u8) -> Result<u8, String> {
                $($start)*
                panic!("{number}");
                done()
            }

            $($attr)*
            #[expect(unused_must_use, unused_variables)]
            $($async)? fn must_use() -> Result<u8, String> {
                $($start)*
                done();
                let text = "unused";
                done()
            }
        }
    };
    ($($sync:ident $early:ident $suspended:ident $ready:ident: [$($attr:tt)*];)*) => {$(
        functions!(@ $sync [$($attr)*] [] []);
        functions!(@ $early [$($attr)*] [] [if std::env::args().count() > 99 { return done(); }]);
        functions!(@ $suspended [$($attr)*] [async] [std::future::ready(()).await;]);
        functions!(@ $ready [#[allow(clippy::unused_async)] $($attr)*] [async] [done()?;]);
    )*};
}

functions! {
    plain1 plain2 plain3 plain4: [];
    tool1 tool2 tool3 tool4: [#[tracked_tool(type = "t")]];
    recorded1 recorded2 recorded3 recorded4: [#[tracked_tool(type = "t", record(duration, outcome, error_type))]];
    media1 media2 media3 media4: [#[tracked_media(type = "image", sub_type = "png")]];
    component1 component2 component3 component4: [#[tracked_component(type = "Chart")]];
    reply1 reply2 reply3 reply4: [#[tracked_reply(body = ToString::to_string)]];
    message1 message2 message3 message4: [#[tracked_message(body = "text")]];
    feedback1 feedback2 feedback3 feedback4: [#[tracked_feedback(rating = 5)]];
    conversation1 conversation2 conversation3 conversation4:
        [#[tracked_conversation(conversation = current_conversation())]];
}

/// Defines methods that never return and change a field before `self` is dropped, which is not a
/// useless assignment.
macro_rules! diverging {
    ($($name:ident: [$($attr:tt)*];)*) => {
        struct Listener {
            open: Guard,
        }

        impl Listener {
            $(
                $($attr)*
                async fn $name(mut self, code: i32) -> ! {
                    std::future::ready(()).await;
                    self.open.0 = 3;
                    std::process::exit(code)
                }
            )*
        }
    };
}

diverging! {
    plain: [];
    tool: [#[tracked_tool(type = "t")]];
    recorded: [#[tracked_tool(type = "t", record(duration, outcome))]];
    media: [#[tracked_media(type = "image", sub_type = "png")]];
    reply: [#[tracked_reply(body = |_| "text")]];
    message: [#[tracked_message(body = "text")]];
    conversation: [#[tracked_conversation(conversation = current_conversation())]];
}

#[tracked_tool(type = "t", record(outcome))]
#[expect(unused_braces)]
#[rustfmt::skip]
fn braces(number: u8) -> u8 {
    { number }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the attribute keeps the form of the body"
)]
#[tracked_tool(type = "t", record(outcome))]
fn wraps(early: bool) -> Result<u8, String> {
    if early {
        return Ok(1);
    }
    Ok(2)
}

/// Text with a lifetime.
struct Text<'a>(&'a str);

#[expect(
    clippy::elidable_lifetime_names,
    clippy::inline_always,
    clippy::missing_const_for_fn
)]
#[inline(always)]
#[tracked_tool(type = "t")]
fn always_hidden<'a>(text: &'a str) -> Text<'a> {
    Text(text)
}

/// Returns its argument.
#[must_use]
#[expect(clippy::missing_panics_doc)]
#[tracked_tool(type = "t")]
pub fn checked(number: u8) -> u8 {
    assert!(number > 1);
    number
}

/// A trait with an async method.
pub trait Stock {
    /// Returns the level.
    #[expect(async_fn_in_trait)]
    #[tracked_tool(type = "t", record(outcome))]
    async fn level(&self) -> u8 {
        std::future::ready(1).await
    }
}

#[expect(clippy::semicolon_if_nothing_returned)]
#[tracked_tool(type = "t")]
fn one_expression(list: &mut Vec<u8>) {
    list.push(1)
}

#[tracked_reply(body = |_| "done")]
fn without_value(list: &mut Vec<u8>) {
    list.push(1);
}

#[expect(clippy::unused_async)]
#[tracked_tool(type = "t", record(outcome))]
async fn not_suspended(text: &str) -> Result<u8, std::num::ParseIntError> {
    let number: u8 = text.parse()?;
    Ok(number)
}

#[expect(clippy::needless_pass_by_value)]
#[tracked_media(type = "image", sub_type = "png")]
fn by_value(text: String) -> Result<u8, std::num::ParseIntError> {
    let number: u8 = text.parse()?;
    Ok(number)
}

#[expect(
    clippy::needless_pass_by_value,
    clippy::needless_pass_by_ref_mut,
    unused_variables
)]
#[tracked_reply(body = |size| size.as_ref().map(ToString::to_string))]
fn hidden_by_the_closure(text: String, list: Vec<u8>, unused: &mut u8) -> Option<usize> {
    let first = list.first()?;
    Some(text.len() + usize::from(*first))
}
