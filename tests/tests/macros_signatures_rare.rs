//! With every attribute, functions with unusual signatures compile without warnings and return the
//! same results as without the attribute.
//!
//! The `copilot-track-tests-2021` crate also compiles this file, in edition 2021.

#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    missing_docs,
    single_use_lifetimes,
    unused_qualifications
)]
#![allow(
    dead_code,
    unused_lifetimes,
    clippy::ignored_unit_patterns,
    clippy::items_after_statements,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    clippy::used_underscore_binding,
    clippy::extra_unused_type_parameters,
    clippy::toplevel_ref_arg,
    clippy::needless_lifetimes,
    single_use_lifetimes
)] // in the annotated functions

use copilot_track::testing::TestTracker;

macro_rules! rare {
    ($($name:ident: $(#[$attr:meta])*;)*) => {$(
        mod $name {
            use std::fmt::{Debug, Display};
            use std::future::{Future, ready};
            use std::panic::Location;
            use std::pin::Pin;
            use std::rc::Rc;
            use std::sync::{Arc, Mutex};
            use copilot_track::*;

            fn current_conversation() -> Option<Conversation> { Conversation::current() }

            // Higher-ranked closures.
            $(#[$attr])* fn boxed_lends() -> Box<dyn Fn(&str) -> &str> { Box::new(|text| text) }
            $(#[$attr])* fn boxed_lends_early(flag: bool) -> Box<dyn Fn(&str) -> &str> { if flag { return Box::new(|text| text); } Box::new(|text| text.trim()) }
            $(#[$attr])* async fn later_boxed_lends(flag: bool) -> Box<dyn Fn(&str) -> &str + Send> { if flag { return Box::new(|text| text); } Box::new(|text| text.trim()) }
            $(#[$attr])* fn takes_async(f: impl AsyncFnOnce(&str) -> usize) -> impl Future<Output = usize> { async move { f("ab").await } }
            $(#[$attr])* async fn later_takes_async<F>(f: F) -> usize where F: AsyncFn(&str) -> usize { f("ab").await }

            // `#[track_caller]`.
            $(#[$attr])* #[track_caller] fn caller() -> u32 { Location::caller().line() }
            $(#[$attr])* #[track_caller] fn caller_in_a_tuple() -> (u32,) { (Location::caller().line(),) }
            $(#[$attr])* #[track_caller] fn caller_early(text: &str) -> Result<(u32, u8), std::num::ParseIntError> { Ok((Location::caller().line(), text.parse()?)) }
            $(#[$attr])* #[track_caller] fn caller_generic<T: std::str::FromStr>(mut _text: String, _: u8) -> Result<(u32, T), T::Err> { _text.push('1'); if _text.is_empty() { return _text.parse().map(|n| (0, n)); } Ok((Location::caller().line(), _text.parse()?)) }
            $(#[$attr])* #[track_caller] fn caller_with_patterns((_a, _): (u8, String), #[allow(unused_variables)] [.., mut b]: [u8; 2], ref text: String) -> Result<(u32, u8), std::num::ParseIntError> { b += text.parse::<u8>()?; Ok((Location::caller().line(), b)) }
            $(#[$attr])* #[track_caller] fn caller_of_a_future(text: &str) -> Pin<Box<dyn Future<Output = (u32, usize)> + '_>> { let line = Location::caller().line(); Box::pin(async move { (line, text.len()) }) }
            $(#[$attr])* #[track_caller] fn caller_unless(text: Option<u32>) -> &'static Location<'static> { if text.is_some() { Location::caller() } else { panic!("none") } }

            // Patterns.
            pub(super) struct Request<T> { pub(super) sku: T, pub(super) other: String }
            pub(super) struct Wrapped<T>(pub(super) T);
            $(#[$attr])* async fn destructures(Wrapped(Request { sku, other: _ }): Wrapped<Request<String>>) -> String { sku }
            $(#[$attr])* async fn destructures_mut(Wrapped(mut request): Wrapped<Request<String>>, mut n: Vec<u8>) -> String { n.push(1); request.sku.push('!'); request.sku }
            $(#[$attr])* async fn destructures_ref(Wrapped(ref request): Wrapped<Request<String>>, &(a, b): &(u8, u8)) -> usize { request.sku.len() + usize::from(a + b) }
            $(#[$attr])* async fn ignores(_: String, _: Vec<u8>, _named: String) -> u8 { 1 }
            $(#[$attr])* async fn allows(#[allow(unused_variables)] text: String, #[allow(unused_mut)] mut more: String) -> usize { more.len() }
            $(#[$attr])* async fn configures(#[cfg(any())] missing: Missing, #[cfg(not(any()))] text: String, #[cfg(any())] other: Missing) -> String { text }
            $(#[$attr])* async fn slices([first, .., last]: [String; 3], (x, (y, z)): (u8, (String, u8))) -> String { first + &last + &y + &(x + z).to_string() }
            $(#[$attr])* async fn numbers(mut n: u32, mut m: [u8; 4]) -> u32 { n += 1; m[0] += 1; n + u32::from(m[0]) }
            $(#[$attr])* async fn boxed_param(mut f: Box<dyn FnMut() -> u8 + Send>) -> u8 { f() + f() }

            // Lifetimes and generics.
            $(#[$attr])* async fn two_lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b str, _c: &str) -> &'a str { if a.is_empty() { return b; } a }
            $(#[$attr])* async fn anonymous(text: std::borrow::Cow<'_, str>, list: &mut Vec<String>) -> usize { list.push(text.into_owned()); list.len() }
            $(#[$attr])* async fn dynamic(text: &(dyn Display + Sync)) -> Box<dyn Debug + Send + '_> { Box::new(text.to_string()) }
            $(#[$attr])* async fn constant<const N: usize, const B: bool>(data: [String; N]) -> [usize; N] { if B { return [0; N]; } data.map(|text| text.len()) }
            $(#[$attr])* async fn bounded<T, U>(value: T, more: U) -> Result<String, T::Err> where T: TryText + Send, U: IntoIterator<Item = u8>, U::IntoIter: ExactSizeIterator { let n = more.into_iter().len(); Ok(value.text()? + &n.to_string()) }
            $(#[$attr])* async fn opaque_args(a: impl Into<String>, b: impl IntoIterator<Item = impl Display>) -> String { b.into_iter().fold(a.into(), |all, one| all + &one.to_string()) }
            $(#[$attr])* async fn qualified<I: Iterator>(items: I) -> Option<<I as Iterator>::Item> where I::Item: Clone { let items: Vec<_> = items.collect(); items.first().cloned() }
            $(#[$attr])* async fn function_pointers(f: fn(&str) -> &str, text: &str) -> fn(&str) -> &str { let _ = f(text); f }
            pub(super) trait TryText { type Err; #[allow(missing_docs)] fn text(self) -> Result<String, Self::Err>; }
            impl TryText for u8 { type Err = std::fmt::Error; fn text(self) -> Result<String, Self::Err> { Ok(self.to_string()) } }

            // Other futures, streams, and values.
            $(#[$attr])* async fn unit_error(flag: bool) -> Result<(), ()> { if flag { Err(())?; } Ok(()) }
            $(#[$attr])* async fn nested_result(text: &str) -> Result<Option<Result<u8, String>>, std::num::ParseIntError> { Ok(Some(Ok(text.parse()?))) }
            $(#[$attr])* async fn diverges_late(flag: bool) -> u8 { if flag { unreachable!() } loop { if !flag { break 1; } } }
            $(#[$attr])* async fn not_send(rc: Rc<str>) -> Result<Rc<str>, std::fmt::Error> { let held = Rc::clone(&rc); ready(()).await; Ok::<_, std::fmt::Error>(held) }
            $(#[$attr])* async fn holds_a_guard(lock: &Mutex<Vec<u8>>) -> usize { let n = lock.lock().map_or(0, |list| list.len()); ready(()).await; n }
            $(#[$attr])* async fn recursive(n: u32) -> Result<u32, std::fmt::Error> { if n == 0 { return Ok(0); } Ok(Box::pin(recursive(n - 1)).await? + 1) }
            $(#[$attr])* fn recursive_boxed(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { if n == 0 { 0 } else { recursive_boxed(n - 1).await + 1 } }) }
            $(#[$attr])* fn future_of_a_future() -> impl Future<Output = impl Future<Output = u8>> { ready(ready(1)) }
            $(#[$attr])* fn sized_future(text: &'static str) -> impl Future<Output = usize> + Send + Sync + 'static { ready(text.len()) }

            // Names.
            #[allow(non_snake_case, clippy::too_many_arguments, clippy::many_single_char_names)]
            $(#[$attr])* async fn our_names(call: String, out: String, end: String, held: String, reply: String, recorder: String, __arg0: String, pinned: String) -> usize {
                [call, out, end, held, reply, recorder, __arg0, pinned].concat().len()
            }
            $(#[$attr])* async fn r#await(r#type: String, r#fn: &str) -> Result<String, std::fmt::Error> { Ok::<_, std::fmt::Error>(r#type)?; Ok(r#fn.to_owned()) }
            $(#[$attr])* async fn nested() -> Result<u8, std::fmt::Error> {
                $(#[$attr])* async fn inner(n: u8) -> Result<u8, std::fmt::Error> { Ok::<_, std::fmt::Error>(n) }
                const COPILOT: u8 = 1;
                Ok(inner(COPILOT).await? + 1)
            }

            // Impls and traits.
            #[derive(Clone, Default)]
            pub(super) struct Agent<'a, T> { name: &'a str, value: T }
            impl<'a, T: Clone + Send + Sync + 'a> Agent<'a, T> {
                const LIMIT: usize = 3;
                $(#[$attr])* async fn new(name: &'a str, value: T) -> Result<Self, std::fmt::Error> where Self: Sized { if name.len() > Self::LIMIT { return Err(std::fmt::Error); } Ok(Self { name, value }) }
                $(#[$attr])* async fn name(&self) -> &'a str { self.name }
                $(#[$attr])* async fn value(&self) -> &T { &self.value }
                $(#[$attr])* async fn value_mut(&mut self, flag: bool) -> Option<&mut T> { if flag { return Some(&mut self.value); } None }
                $(#[$attr])* async fn into_value(self) -> Result<T, std::fmt::Error> { Ok::<_, std::fmt::Error>(self.value) }
                $(#[$attr])* async fn renamed(mut self, name: &'a str) -> Self { self.name = name; self }
                $(#[$attr])* async fn boxed(self: Box<Self>) -> Result<T, std::fmt::Error> { Ok::<_, std::fmt::Error>(self.value) }
                $(#[$attr])* async fn shared(self: Arc<Self>, other: &Arc<Self>) -> bool { std::ptr::eq(&raw const *self, &raw const **other) }
                $(#[$attr])* async fn pinned(self: Pin<&mut Self>) -> usize { self.name.len() }
                $(#[$attr])* async fn by_reference(self: &Arc<Self>) -> Result<Arc<Self>, std::fmt::Error> { Ok(Arc::clone(self)) }
            }
            pub(super) trait Answers: Sync {
                const DEPTH: u8;
                type Out: Send;
                #[allow(missing_docs)] fn answer(&self, question: &str) -> impl Future<Output = Result<Self::Out, std::fmt::Error>> + Send;
                #[allow(missing_docs)] $(#[$attr])* async fn depth(&self, text: String) -> Result<u8, std::fmt::Error> { if text.is_empty() { return Err(std::fmt::Error); } Ok(Self::DEPTH) }
                #[allow(missing_docs)] $(#[$attr])* fn shallow(self: Box<Self>) -> (u8,) where Self: Sized { (Self::DEPTH,) }
            }
            impl Answers for Agent<'_, u8> {
                const DEPTH: u8 = 4;
                type Out = String;
                $(#[$attr])* async fn answer(&self, question: &str) -> Result<Self::Out, std::fmt::Error> { if question.is_empty() { Err(std::fmt::Error)?; } Ok(question.to_owned() + self.name) }
                $(#[$attr])* async fn depth(&self, text: String) -> Result<u8, std::fmt::Error> { if text.is_empty() { return Ok(0); } Ok(Self::DEPTH + self.value) }
            }
            impl Answers for () {
                const DEPTH: u8 = 1;
                type Out = ();
                $(#[$attr])* async fn answer(&self, _: &str) -> Result<(), std::fmt::Error> { Ok(()) }
            }

            // Functions generated by other macros.
            macro_rules! make {
                ($vis:vis $fn:ident($arg:ident: $ty:ty) -> $out:ty $body:block) => { $(#[$attr])* $vis async fn $fn($arg: $ty) -> $out $body };
            }
            make!(pub(super) made(text: String) -> Result<usize, std::num::ParseIntError> { let n: usize = text.parse()?; Ok(n) });

            fn send<T: Future + Send>(future: T) -> T { future }

            #[allow(clippy::too_many_lines)]
            pub(super) async fn run() {
                assert_eq!(boxed_lends()("a"), "a");
                assert_eq!(boxed_lends_early(false)(" a") , "a");
                assert_eq!(send(later_boxed_lends(true)).await(" a"), " a");
                assert_eq!(takes_async(async |text| text.len()).await + later_takes_async(async |text: &str| text.len()).await, 4);
                assert_eq!(caller(), line!());
                assert_eq!(caller_in_a_tuple().0, line!());
                assert_eq!(caller_early("1"), Ok((line!(), 1)));
                assert!(caller_early("").is_err());
                assert_eq!(caller_with_patterns((0, String::new()), [1, 2], "3".to_owned()), Ok((line!(), 5)));
                assert_eq!(caller_generic::<u8>("1".to_owned(), 0), Ok((line!(), 11)));
                assert_eq!(caller_of_a_future("ab").await, (line!(), 2));
                assert_eq!(caller_unless(Some(1)).line(), line!());
                let request = || Wrapped(Request { sku: "a".to_owned(), other: String::new() });
                assert_eq!(send(destructures(request())).await, "a");
                assert_eq!(send(destructures_mut(request(), vec![])).await, "a!");
                assert_eq!(destructures_ref(request(), &(1, 2)).await, 4);
                assert_eq!(send(ignores(String::new(), vec![], String::new())).await, 1);
                assert_eq!(send(allows(String::new(), "ab".to_owned())).await, 2);
                assert_eq!(send(configures("a".to_owned())).await, "a");
                assert_eq!(send(slices(["a".into(), "b".into(), "c".into()], (1, ("y".into(), 2)))).await, "acy3");
                assert_eq!(send(numbers(1, [1; 4])).await, 4);
                assert_eq!(send(boxed_param(Box::new(|| 2))).await, 4);
                assert_eq!(send(two_lifetimes("", "b", "c")).await, "b");
                assert_eq!(send(anonymous("a".into(), &mut vec![])).await, 1);
                assert_eq!(format!("{:?}", send(dynamic(&1)).await), "\"1\"");
                assert_eq!(send(constant::<1, false>(["ab".to_owned()])).await, [2]);
                assert_eq!(send(bounded(7_u8, [1_u8, 2])).await.unwrap(), "72");
                assert_eq!(opaque_args("a", [1, 2]).await, "a12");
                assert_eq!(send(qualified([1, 2].iter())).await, Some(&1));
                assert_eq!(send(function_pointers(str::trim, " a")).await(" b"), "b");
                assert_eq!(send(unit_error(true)).await, Err(()));
                assert_eq!(send(nested_result("1")).await, Ok(Some(Ok(1))));
                assert_eq!(send(diverges_late(false)).await, 1);
                assert_eq!(&*not_send("a".into()).await.unwrap(), "a");
                assert_eq!(send(holds_a_guard(&Mutex::new(vec![1]))).await, 1);
                assert_eq!(recursive(3).await, Ok(3));
                assert_eq!(send(recursive_boxed(3)).await, 3);
                assert_eq!(future_of_a_future().await.await, 1);
                assert_eq!(send(sized_future("ab")).await, 2);
                let s = String::new;
                assert_eq!(send(our_names("a".to_owned(), s(), s(), s(), s(), s(), s(), s())).await, 1);
                assert_eq!(send(r#await(s(), "a")).await.unwrap(), "a");
                assert_eq!(send(nested()).await, Ok(2));
                let mut agent = send(Agent::new("abc", 1_u8)).await.unwrap_or_default();
                assert!(Agent::new("abcd", 1).await.is_err());
                assert_eq!(send(agent.name()).await.len() + usize::from(*send(agent.value()).await), 4);
                assert_eq!(send(agent.value_mut(true)).await, Some(&mut 1));
                assert_eq!(send(agent.clone().into_value()).await, Ok(1));
                assert_eq!(send(agent.clone().renamed("x")).await.name, "x");
                assert_eq!(send(Box::new(agent.clone()).boxed()).await, Ok(1));
                let arc = Arc::new(agent.clone());
                assert!(send(Arc::clone(&arc).shared(&arc)).await && send(arc.by_reference()).await.is_ok());
                assert_eq!(send(Pin::new(&mut agent).pinned()).await, 3);
                assert_eq!(send(agent.answer("a")).await, Ok("aabc".to_owned()));
                assert_eq!(agent.depth("a".to_owned()).await, Ok(5));
                assert_eq!(().depth("a".to_owned()).await, Ok(1));
                assert_eq!(send(().answer("a")).await, Ok(()));
                assert_eq!(Box::new(agent).shallow(), (4,));
                assert_eq!(send(made("1".to_owned())).await, Ok(1));
            }
        }
    )*

    #[tokio::test]
    async fn rare_signatures_return_the_same_results() {
        let test = TestTracker::new();
        let turn = test.conversation().turn("Hello?");
        $(
            turn.run($name::run()).await;
            $name::run().await;
        )*
        assert!(test.ledger().is_balanced());
    }};
}

/// Functions that return higher-ranked closures. The attribute must not move their bodies into
/// another closure, because the compiler could not infer the lifetimes there.
macro_rules! lending {
    ($($name:ident: $(#[$attr:meta])*;)*) => {$(
        mod $name {
            use copilot_track::*;
            fn current_conversation() -> Option<Conversation> { Conversation::current() }
            $(#[$attr])* pub(super) fn lends() -> impl Fn(&str) -> &str { |text| text }
            $(#[$attr])* pub(super) fn lends_early(flag: bool) -> impl Fn(&str) -> &str { if flag { return str::trim; } str::trim }
            $(#[$attr])* pub(super) fn lends_two() -> (impl Fn(&str) -> &str, u8) { (|text| text, 1) }
            $(#[$attr])* pub(super) fn lends_named(flag: bool) -> impl for<'a> Fn(&'a str) -> &'a str { move |text| if flag { text.trim() } else { text } }
            $(#[$attr])* pub(super) fn lends_generic<T: AsRef<str>, const N: usize>(mut by: T, _: u8, at: &str) -> (impl Fn(&str) -> &str + use<'_, T, N>, u8) where [T; N]: Sized { if N == 9 { unreachable!() } let _ = &mut by; (move |text| if text == by.as_ref() { &text[N..] } else if text == at { "" } else { text }, 1) }
        }
    )*

    #[test]
    fn higher_ranked_closures_can_be_returned() {
        $(
            assert_eq!($name::lends()("a"), "a");
            assert_eq!($name::lends_early(true)(" a"), "a");
            assert_eq!($name::lends_two().0("a"), "a");
            assert_eq!($name::lends_named(true)(" a"), "a");
            let lends = $name::lends_generic::<_, 1>("ab", 0, "c").0;
            assert_eq!((lends("ab"), lends("b"), lends("c")), ("b", "b", ""));
        )*
    }};
}

lending! {
    lending_tool: #[tracked_tool(type = "t")];
    lending_recorded: #[tracked_tool(type = "t", record(duration, outcome, error_type))];
    lending_with_media: #[tracked_tool(type = "t", record(duration), media(type = "image", sub_type = "png"))];
    lending_media: #[tracked_media(type = "image", sub_type = "png")];
    lending_component: #[tracked_component(type = "Chart")];
    lending_message: #[tracked_message(body = "m")];
    lending_feedback: #[tracked_feedback(rating = 5)];
    lending_conversation: #[tracked_conversation(conversation = current_conversation())];
    lending_reply: #[tracked_reply(body = |_| "r")];
    lending_outcome: #[tracked_tool(type = "t", record(outcome = |_| true))];
}

rare! {
    plain: ;
    tool: #[tracked_tool(type = "t")];
    recorded: #[tracked_tool(type = "t", record(duration, outcome, error_type))];
    with_media: #[tracked_tool(type = "t", record(duration), media(type = "image", sub_type = "png"))];
    media: #[tracked_media(type = "image", sub_type = "png")];
    component: #[tracked_component(type = "Chart")];
    reply: #[tracked_reply(body = |_| "r")];
    message: #[tracked_message(body = "m")];
    feedback: #[tracked_feedback(rating = 5)];
    conversation: #[tracked_conversation(conversation = current_conversation())];
    two: #[tracked_tool(type = "t", record(outcome))] #[tracked_reply(body = |_| "r")];
}
