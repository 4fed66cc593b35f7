//! Annotated functions drop their parameters in the same order as functions without an attribute.

use std::cell::RefCell;
use std::rc::Rc;

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_component, tracked_media, tracked_reply, tracked_tool};

type Log = Rc<RefCell<Vec<&'static str>>>;

/// A value that logs its name when it is dropped.
struct Logged(&'static str, Log);

impl Drop for Logged {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

struct Pair {
    first: Logged,
    second: Logged,
}

/// Drops a value if `condition` is true.
fn drop_if(condition: bool, value: Logged) {
    if condition {
        drop(value);
    } else {
        std::mem::forget(value);
    }
}

/// Defines functions with patterns that leave a rest, partial moves, and early returns.
macro_rules! functions {
    ($name:ident: $(#[$attr:meta])*) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$attr])*
            pub(super) fn rest(
                (a, _): (Logged, Logged),
                b: Logged,
                Pair { second, .. }: Pair,
                early: bool,
            ) -> Result<u8, ()> {
                let _local = Logged("local", Rc::clone(&a.1));
                if early {
                    return Err(());
                }
                drop(b);
                Ok(u8::from(second.0.is_empty()))
            }

            $(#[$attr])*
            pub(super) fn moved(a: Logged, _: Logged, mut c: Logged, _d: Logged, early: bool) -> Result<u8, ()> {
                if early {
                    return Err(());
                }
                c = Logged("new c", Rc::clone(&c.1));
                drop_if(c.0.is_empty(), a);
                Ok(1)
            }

            $(#[$attr])*
            pub(super) fn single(a: Logged, early: bool) -> Result<u8, ()> {
                let _local = Logged("local", Rc::clone(&a.1));
                if early {
                    return Err(());
                }
                drop(a);
                Ok(2)
            }

            $(#[$attr])*
            pub(super) async fn suspended(a: Logged, (b, _): (Logged, Logged), early: bool) -> Result<u8, ()> {
                let _local = Logged("local", Rc::clone(&a.1));
                tokio::task::yield_now().await;
                if early {
                    return Err(());
                }
                drop(b);
                Ok(3)
            }

            $(#[$attr])*
            pub(super) async fn not_suspended(a: Logged, (b, _): (Logged, Logged), early: bool) -> Result<u8, ()> {
                if early {
                    return Err(());
                }
                drop(b);
                Ok(u8::from(a.0.is_empty()))
            }

            // Edition 2021 drops the temporary after the variable, and edition 2024 before it.
            $(#[$attr])*
            #[must_use]
            pub(super) fn temporary(a: Logged) -> usize {
                let _local = Logged("local", Rc::clone(&a.1));
                Logged("temporary", Rc::clone(&a.1)).0.len()
            }

            $(#[$attr])*
            pub(super) fn temporary_after_exit(a: Logged, b: RefCell<Logged>, early: bool) -> Result<usize, ()> {
                if early {
                    return Err(());
                }
                let _local = Logged("local", Rc::clone(&a.1));
                Ok(b.borrow().0.len() + Logged("temporary", Rc::clone(&a.1)).0.len())
            }

            $(#[$attr])*
            pub(super) async fn temporary_of_async(a: Logged) -> usize {
                let _local = Logged("local", Rc::clone(&a.1));
                tokio::task::yield_now().await;
                Logged("temporary", Rc::clone(&a.1)).0.len()
            }
        }
    };
}

functions!(plain:);
functions!(tool: #[tracked_tool(type = "t", record(outcome))]);
functions!(with_value: #[tracked_tool(type = "t", properties(module = module_path!()), record(outcome))]);
functions!(media: #[tracked_media(type = "image", sub_type = "png")]);
functions!(reply: #[tracked_reply(body = |_| "text")]);
functions!(stacked: #[tracked_tool(type = "t", record(outcome))] #[tracked_component(type = "Chart")]);

macro_rules! drops {
    ($module:ident, $early:expr) => {{
        let log = Log::default();
        let logged = |name| Logged(name, Rc::clone(&log));
        let pair = || (logged("left"), logged("right"));
        let fields = Pair {
            first: logged("first"),
            second: logged("second"),
        };
        let _ = $module::rest(pair(), logged("b"), fields, $early);
        let _ = $module::moved(logged("a"), logged("_"), logged("c"), logged("d"), $early);
        let _ = $module::single(logged("a"), $early);
        let _ = $module::suspended(logged("a"), pair(), $early).await;
        drop($module::suspended(logged("a"), pair(), $early));
        let _ = $module::not_suspended(logged("a"), pair(), $early).await;
        drop($module::not_suspended(logged("a"), pair(), $early));
        let _ = $module::temporary(logged("a"));
        let _ = $module::temporary_after_exit(logged("a"), RefCell::new(logged("b")), $early);
        let _ = $module::temporary_of_async(logged("a")).await;
        log.take()
    }};
}

#[tokio::test]
async fn patterns_and_early_returns_keep_the_drop_order() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let calls = async {
        for early in [false, true] {
            let expected = drops!(plain, early);
            assert_eq!(drops!(tool, early), expected);
            assert_eq!(drops!(with_value, early), expected);
            assert_eq!(drops!(media, early), expected);
            assert_eq!(drops!(reply, early), expected);
            assert_eq!(drops!(stacked, early), expected);
        }
    };
    turn.run(calls).await;
    let field = Pair {
        first: Logged("first", Log::default()),
        second: Logged("second", Log::default()),
    };
    assert_eq!(field.first.0, "first");
}
