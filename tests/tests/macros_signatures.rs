//! Functions with every kind of signature and every attribute compile without warnings and return
//! the same results.

#![deny(warnings, missing_docs)]
#![allow(dead_code, clippy::all, clippy::pedantic)] // `macros_lints` checks the lints

use copilot_track::testing::TestTracker;

/// Defines the same functions with one set of attributes.
macro_rules! matrix {
    ($name:ident: $(#[$attr:meta])*) => {
        mod $name {
            use std::future::Future;
            use std::pin::Pin;
            use std::rc::Rc;
            use std::sync::Arc;
            use copilot_track::*;

            fn conversation() -> Option<Conversation> { None }

            // Plain functions.
            $(#[$attr])* pub(super) fn unit() {}
            $(#[$attr])* pub(super) fn sum(a: u32, b: u32) -> u32 { a + b }
            $(#[$attr])* pub(crate) fn borrowed<'a>(map: &'a [String], key: &str) -> Option<&'a String> {
                map.iter().find(|text| *text == key)
            }
            $(#[$attr])* fn borrowed_mut(values: &mut Vec<u8>) -> &mut u8 { &mut values[0] }
            $(#[$attr])* fn early(flag: bool) -> Box<dyn std::fmt::Display> {
                if flag { return Box::new("early"); }
                Box::new(1)
            }
            $(#[$attr])* fn fallible(text: &str) -> Result<u32, std::num::ParseIntError> {
                let number: u32 = text.parse()?;
                Ok(number)
            }
            $(#[$attr])* fn boxed_error(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
                if text.is_empty() { return Err("empty".into()); }
                Ok(text.parse()?)
            }
            $(#[$attr])* fn option(text: Option<&str>) -> Option<usize> { Some(text?.len()) }
            $(#[$attr])* fn opaque(n: u32) -> impl Iterator<Item = u32> + Clone { 0..n }
            $(#[$attr])* fn opaque_result(n: u32) -> Result<impl Iterator<Item = u32>, ()> { if n > 9 { return Err(()); } Ok(0..n) }
            $(#[$attr])* fn opaque_arg(text: impl AsRef<str>, f: impl FnOnce(&str) -> usize) -> usize { f(text.as_ref()) }
            $(#[$attr])* fn mutable(mut n: u32, mut text: String) -> String { n += 1; text.push_str(&n.to_string()); text }
            $(#[$attr])* fn patterns((a, mut b): (u8, u8), [c, ..]: [u8; 3], Pair { x, .. }: Pair, _: String) -> u8 { b += 1; a + b + c + x }
            $(#[$attr])* fn generic<T: Clone + Send, const N: usize>(value: T) -> [T; N] where T: 'static { std::array::from_fn(|_| value.clone()) }
            $(#[$attr])* fn higher<F>(f: F) -> usize where for<'a> F: Fn(&'a str) -> &'a str { f("abc").len() }
            $(#[$attr])* fn r#type(r#match: u8) -> u8 { r#match }
            $(#[$attr])* extern "C" fn external(n: i32) -> i32 { n }
            $(#[$attr])* fn never() -> ! { panic!("never") }
            $(#[$attr])* fn inner_attribute() -> u8 { #![allow(unused_variables)] let unused = 1; 2 }
            $(#[$attr])* fn configured(#[cfg(any())] missing: Missing, #[cfg(all())] text: String) -> String { text }
            $(#[$attr])* fn items() -> u8 { const SITE: u8 = 1; fn out() -> u8 { SITE } use std::mem; let _ = mem::size_of::<u8>(); out() }
            $(#[$attr])* fn ours(call: u8, out: u8, reply: u8, held: u8, future: u8, recorder: u8) -> u8 { call + out + reply + held + future + recorder }
            $(#[$attr])* fn recursive(n: u32) -> u32 { if n == 0 { 0 } else { 1 + recursive(n - 1) } }
            $(#[$attr])* fn labels() -> u8 { let mut n = 0; 'outer: loop { loop { n += 1; if n > 2 { break 'outer; } } } n }
            $(#[$attr])* fn closure() -> impl Fn(u8) -> u8 { |n| n + 1 }
            $(#[$attr])* fn boxed_closure<'a>(n: &'a u8) -> Box<dyn Fn() -> u8 + 'a> { Box::new(move || *n) }
            $(#[$attr])* fn tuple() -> (impl std::fmt::Debug, u8) { ("a", 1) }
            $(#[$attr])* fn pointer(f: fn(&str) -> usize) -> usize { f("ab") }
            $(#[$attr])* fn dynamic(f: &dyn Fn(&str) -> usize) -> usize { f("ab") }
            $(#[$attr])* fn slice(values: &[u8]) -> &[u8] { values }
            $(#[$attr])* fn cow(text: &str) -> std::borrow::Cow<'_, str> { text.into() }
            $(#[$attr])* #[must_use] #[inline] #[doc = "Documented."] fn attributed() -> u8 { 1 }

            // Async functions.
            $(#[$attr])* pub(super) async fn later() {}
            $(#[$attr])* async fn later_sum(a: u32, b: &u32) -> u32 { std::future::ready(a + b).await }
            $(#[$attr])* async fn later_borrowed<'a>(map: &'a [String], key: &str) -> Option<&'a String> { map.iter().find(|text| *text == key) }
            $(#[$attr])* async fn later_mut(values: &mut Vec<u8>) -> &mut u8 { std::future::ready(()).await; &mut values[0] }
            $(#[$attr])* async fn later_fallible(text: String) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
                if text.is_empty() { return Err("empty".into()); }
                Ok(text.parse()?)
            }
            $(#[$attr])* async fn later_early(flag: bool) -> Box<dyn std::fmt::Display + Send> {
                if flag { return Box::new("early"); }
                std::future::ready(()).await;
                Box::new(1)
            }
            $(#[$attr])* async fn later_opaque(n: u32) -> impl Iterator<Item = u32> { 0..n }
            $(#[$attr])* async fn later_opaque_arg(text: impl AsRef<str> + Send, f: impl AsyncFn(u8) -> u8) -> usize { f(1).await; text.as_ref().len() }
            $(#[$attr])* async fn later_patterns((a, mut b): (u8, u8), Pair { x, .. }: Pair, _: String, mut n: u8) -> u8 { b += 1; n += 1; a + b + x + n }
            $(#[$attr])* async fn later_generic<T: Clone + Send + Sync, const N: usize>(value: &T) -> [T; N] where T: 'static { std::array::from_fn(|_| value.clone()) }
            $(#[$attr])* async fn later_not_send(rc: Rc<u8>) -> Rc<u8> { std::future::ready(()).await; rc }
            $(#[$attr])* async fn later_never() -> ! { panic!("never") }
            $(#[$attr])* async fn later_recursive(n: u32) -> u32 { if n == 0 { 0 } else { 1 + Box::pin(later_recursive(n - 1)).await } }
            $(#[$attr])* async fn later_inner_attribute() -> u8 { #![allow(unused_variables)] let unused = 1; 2 }
            $(#[$attr])* async fn later_configured(#[cfg(any())] missing: Missing, #[cfg(all())] text: String) -> String { text }
            $(#[$attr])* async fn later_option(text: Option<&str>) -> Option<usize> { Some(text?.len()) }
            $(#[$attr])* async fn later_slice(values: &[u8]) -> &[u8] { values }

            // Functions that return a future.
            $(#[$attr])* pub(super) fn future(n: u32) -> impl Future<Output = u32> { let m = n + 1; async move { m } }
            $(#[$attr])* fn future_send<'a>(text: &'a str) -> impl Future<Output = Result<usize, ()>> + Send + 'a { async move { Ok(text.len()) } }
            $(#[$attr])* fn future_captures(text: &str) -> impl Future<Output = usize> + use<'_> { async move { text.len() } }
            $(#[$attr])* fn future_unpin() -> impl Future<Output = u8> + Unpin { std::future::ready(1) }
            $(#[$attr])* fn future_boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
                if text.is_empty() { return Box::pin(std::future::ready(0)); }
                Box::pin(async move { text.len() })
            }
            $(#[$attr])* fn future_local(rc: Rc<u8>) -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { *rc }) }
            $(#[$attr])* fn future_alias(n: u8) -> futures_util::future::BoxFuture<'static, Result<u8, String>> { Box::pin(async move { Ok(n) }) }
            $(#[$attr])* fn future_local_alias<'a>(n: &'a u8) -> futures_util::future::LocalBoxFuture<'a, u8> { Box::pin(async move { *n }) }

            $(#[$attr])* fn future_unpin_box() -> Box<dyn Future<Output = u8> + Unpin + Send> { Box::new(Box::pin(async { 1 })) }
            $(#[$attr])* fn future_pinned_opaque() -> Pin<Box<impl Future<Output = u8>>> { Box::pin(async { 1 }) }

            // Other features.
            fn diverge() -> ! { panic!("never") }
            macro_rules! outcome { () => { Result<u8, String> } }
            $(#[$attr])* fn diverges() -> u32 { diverge() }
            $(#[$attr])* async fn later_diverges() -> u32 { diverge() }
            $(#[$attr])* fn by_reference(ref a: String, b @ 0..=255: u8, &(c, d): &(u8, u8)) -> usize { a.len() + usize::from(b + c + d) }
            $(#[$attr])* async fn later_by_reference(ref a: String, mut b: Vec<u8>, (mut c, _): (Vec<u8>, Vec<u8>)) -> usize { b.push(1); c.push(1); a.len() + b.len() }
            $(#[$attr])* fn associated<T: Iterator>(mut items: T) -> Option<<T as Iterator>::Item> { items.next() }
            $(#[$attr])* fn macro_in_type(n: u8) -> outcome!() { if n == 0 { return Err("zero".into()); } Ok(n) }
            $(#[$attr])* async fn later_macro_in_type(n: u8) -> outcome!() { if n == 0 { Err("zero".to_owned())?; } Ok(n) }
            $(#[$attr])* #[track_caller] fn caller() -> u32 { std::panic::Location::caller().line() }
            $(#[$attr])* pub(in crate) fn visible_in() {}
            $(#[$attr])* fn question_in_a_closure(texts: Vec<&str>) -> Vec<Option<u8>> { texts.into_iter().map(|text| { let n = text.parse::<u8>().ok()?; Some(n) }).collect() }
            $(#[$attr])* fn temporary_in_the_tail(m: Arc<std::sync::Mutex<u8>>) -> u8 { *m.lock().unwrap() }
            $(#[$attr])* async fn later_temporary_in_the_tail(m: Arc<std::sync::Mutex<u8>>) -> u8 { *m.lock().unwrap() }
            $(#[$attr])* fn takes_a_closure(f: Box<dyn FnOnce(&str) -> String>) -> String { f("a") }
            trait Lends { type Lent<'a> where Self: 'a; fn lend(&mut self) -> Self::Lent<'_>; fn sized(self) -> Self where Self: Sized; }
            struct Borrowed<'a, T: ?Sized>(&'a T);
            impl<'a, T: ?Sized + 'a> Lends for Borrowed<'a, T> {
                type Lent<'b> = &'b T where Self: 'b;
                $(#[$attr])* fn lend(&mut self) -> Self::Lent<'_> { self.0 }
                $(#[$attr])* fn sized(self) -> Self where Self: Sized { self }
            }
            impl<'a, T: ?Sized> Borrowed<'a, T> {
                $(#[$attr])* fn by_mut_box(mut self: Box<Self>, value: &'a T) -> Box<Self> { self.0 = value; self }
                $(#[$attr])* fn by_typed_ref(self: &Self) -> &'a T { self.0 }
                $(#[$attr])* fn by_typed_mut(self: &mut Self) -> &mut &'a T { &mut self.0 }
            }

            pub(super) struct Pair { x: u8, #[allow(unused)] y: u8 }

            // Methods.
            #[derive(Clone)]
            pub(super) struct Tools { n: u8, name: String }
            impl Tools {
                $(#[$attr])* fn by_ref(&self) -> u8 { self.n }
                $(#[$attr])* fn by_mut(&mut self, n: u8) -> &mut Self { self.n = n; self }
                $(#[$attr])* fn by_value(self) -> String { self.name }
                $(#[$attr])* fn by_mut_value(mut self) -> Self { self.n += 1; self }
                $(#[$attr])* fn by_box(self: Box<Self>) -> String { self.name }
                $(#[$attr])* fn by_arc(self: Arc<Self>) -> u8 { self.n }
                $(#[$attr])* fn by_rc_ref(self: &Rc<Self>) -> u8 { self.n }
                $(#[$attr])* fn by_pin(self: Pin<&mut Self>) -> u8 { self.n }
                $(#[$attr])* fn new(n: u8) -> Self { Self { n, name: String::new() } }
                $(#[$attr])* fn name(&self) -> &str { &self.name }
                $(#[$attr])* fn try_new(n: u8) -> Result<Self, String> { if n == 0 { return Err("zero".to_owned()); } Ok(Self { n, name: String::new() }) }
                $(#[$attr])* async fn later_by_ref(&self, other: &str) -> usize { std::future::ready(()).await; self.name.len() + other.len() }
                $(#[$attr])* async fn later_by_mut(&mut self) -> &mut Self { self.n += 1; self }
                $(#[$attr])* async fn later_by_value(self) -> String { self.name }
                $(#[$attr])* async fn later_by_mut_value(mut self) -> Self { self.n += 1; self }
                $(#[$attr])* async fn later_by_arc(self: Arc<Self>) -> u8 { self.n }
                $(#[$attr])* fn future(&self) -> impl Future<Output = u8> + '_ { async { self.n } }
            }

            // Traits.
            pub(super) trait Tool {
                const N: u8;
                fn call(&self) -> u8;
                fn later(&self) -> impl Future<Output = u8> + Send;
                $(#[$attr])* fn provided(&self) -> u8 { self.call() + Self::N }
                $(#[$attr])* fn provided_future(&self) -> impl Future<Output = u8> where Self: Sync { async { self.call() } }
            }
            impl Tool for Tools {
                const N: u8 = 1;
                $(#[$attr])* fn call(&self) -> u8 { self.n }
                $(#[$attr])* async fn later(&self) -> u8 { self.n }
            }
            #[async_trait::async_trait]
            pub(super) trait Boxed {
                async fn call(&mut self, text: &str) -> Result<usize, String>;
                $(#[$attr])* async fn provided(&self) -> u8 where Self: Sync { 1 }
            }
            #[async_trait::async_trait]
            impl Boxed for Tools {
                $(#[$attr])* async fn call(&mut self, text: &str) -> Result<usize, String> {
                    std::future::ready(()).await;
                    self.n += 1;
                    Ok(text.len())
                }
            }
            #[async_trait::async_trait(?Send)]
            pub(super) trait Local { async fn call(self: Rc<Self>, n: u8) -> u8; }
            #[async_trait::async_trait(?Send)]
            impl Local for Tools { $(#[$attr])* async fn call(self: Rc<Self>, n: u8) -> u8 { self.n + n } }

            // Names that shadow those of std.
            mod shadowed {
                #![allow(non_camel_case_types, unused)]
                struct Option; struct Some_; struct Result; struct Box; struct String; struct Ok_;
                mod std {} mod core {} mod alloc {} mod copilot_track {}
                trait Iterator {} trait Future {} trait Clone {} trait Into {}
                type bool = u8; type usize = u8; type str = u8;
                const COPILOT: u8 = 1;
                fn conversation() -> ::core::option::Option<::copilot_track::Conversation> { ::core::option::Option::None }
                use ::copilot_track::{tracked_tool, tracked_reply, tracked_media, tracked_component, tracked_message, tracked_feedback, tracked_conversation};
                $(#[$attr])* fn plain(n: u8) -> u8 { n }
                $(#[$attr])* async fn later(n: u8) -> u8 { n }
                $(#[$attr])* fn future(n: u8) -> impl ::core::future::Future<Output = u8> { ::core::future::ready(n) }
            }

            fn assert_send<T: Send>(value: T) -> T { value }

            pub(super) async fn run() {
                assert_eq!(sum(1, 2), 3);
                unit();
                let texts = vec!["a".to_owned()];
                assert_eq!(borrowed(&texts, "a"), Some(&texts[0]));
                *borrowed_mut(&mut vec![1]) += 1;
                assert_eq!(early(true).to_string() + &early(false).to_string(), "early1");
                assert_eq!(fallible("3"), Ok(3));
                assert!(fallible("x").is_err() && boxed_error("").is_err());
                assert_eq!(option(Some("ab")), Some(2));
                assert_eq!(opaque(3).clone().sum::<u32>(), 3);
                assert_eq!(opaque_result(3).map(Iterator::count), Ok(3));
                assert_eq!(opaque_arg("abc", str::len), 3);
                assert_eq!(mutable(1, "a".into()), "a2");
                assert_eq!(patterns((1, 2), [3, 0, 0], Pair { x: 4, y: 0 }, String::new()), 11);
                assert_eq!(generic::<_, 2>(1), [1, 1]);
                assert_eq!(higher(|text| text), 3);
                assert_eq!(r#type(1) + items() + labels() + closure()(1) + boxed_closure(&1)() + attributed(), 9);
                assert_eq!(ours(1, 1, 1, 1, 1, 1), 6);
                assert_eq!(recursive(3), 3);
                assert_eq!(external(3), 3);
                assert_eq!(configured("a".into()), "a");
                assert_eq!(tuple().1 + inner_attribute(), 3);
                assert_eq!(pointer(str::len) + dynamic(&str::len) + slice(&[1]).len() + cow("a").len(), 6);
                assert!(std::panic::catch_unwind(|| -> () { never() }).is_err());

                assert_send(later()).await;
                assert_eq!(assert_send(later_sum(1, &2)).await, 3);
                assert_eq!(assert_send(later_borrowed(&texts, "a")).await, Some(&texts[0]));
                *later_mut(&mut vec![1]).await += 1;
                assert_eq!(assert_send(later_fallible("3".into())).await.unwrap(), 3);
                assert_eq!(assert_send(later_early(true)).await.to_string(), "early");
                assert_eq!(later_opaque(3).await.count(), 3);
                assert_eq!(later_opaque_arg("abc", async |n| n).await, 3);
                assert_eq!(assert_send(later_patterns((1, 2), Pair { x: 4, y: 0 }, String::new(), 1)).await, 10);
                assert_eq!(assert_send(later_generic::<_, 2>(&1)).await, [1, 1]);
                assert_eq!(*later_not_send(Rc::new(1)).await, 1);
                assert_eq!(assert_send(later_recursive_send()).await, 3);
                assert_eq!(later_inner_attribute().await, 2);
                assert_eq!(later_configured("a".into()).await, "a");
                assert_eq!(later_option(None).await, None);
                assert_eq!(later_slice(&[1]).await, [1]);

                assert_eq!(assert_send(future(1)).await, 2);
                assert_eq!(assert_send(future_send("abc")).await, Ok(3));
                assert_eq!(future_captures("abc").await, 3);
                assert_eq!(future_unpin().await, 1);
                assert_eq!(assert_send(future_boxed("abc")).await, 3);
                assert_eq!(future_local(Rc::new(1)).await, 1);
                assert_eq!(assert_send(future_alias(1)).await, Ok(1));
                assert_eq!(future_local_alias(&1).await, 1);

                let mut tools = Tools::new(1);
                assert_eq!(tools.by_ref() + tools.by_mut(2).n + Rc::new(tools.clone()).by_rc_ref(), 5);
                assert_eq!(tools.clone().by_value() + &Box::new(tools.clone()).by_box() + tools.name(), "");
                assert_eq!(tools.clone().by_mut_value().n + Arc::new(tools.clone()).by_arc() + Pin::new(&mut tools).by_pin(), 7);
                assert!(Tools::try_new(0).is_err());
                assert_eq!(assert_send(tools.later_by_ref("a")).await, 1);
                assert_eq!(assert_send(tools.later_by_mut()).await.n, 3);
                assert_eq!(tools.clone().later_by_value().await, "");
                assert_eq!(tools.clone().later_by_mut_value().await.n, 4);
                assert_eq!(assert_send(Arc::new(tools.clone()).later_by_arc()).await, 3);
                assert_eq!(tools.future().await, 3);
                assert_eq!(Tool::provided(&tools) + tools.provided_future().await + Tool::call(&tools), 10);
                assert_eq!(assert_send(Tool::later(&tools)).await, 3);
                assert_eq!(assert_send(Boxed::call(&mut tools, "abc")).await, Ok(3));
                assert_eq!(assert_send(Boxed::provided(&tools)).await, 1);
                assert_eq!(Local::call(Rc::new(tools), 1).await, 5);
            }

            async fn later_recursive_send() -> u32 { 3 }
        }
    };
}

matrix!(tool: #[tracked_tool(type = "t")]);
matrix!(recorded: #[tracked_tool(type = "t", record(duration, outcome, error_type))]);
matrix!(tool_with_media: #[tracked_tool(type = "t", conversation = conversation(), media(type = "image", sub_type = "png"))]);
matrix!(media: #[tracked_media(type = "image", sub_type = "png")]);
matrix!(component: #[tracked_component(type = "Chart", conversation = conversation())]);
matrix!(reply: #[tracked_reply(body = |_| "r")]);
matrix!(message: #[tracked_message(body = "m")]);
matrix!(feedback: #[tracked_feedback(rating = 5)]);
matrix!(conversation: #[tracked_conversation(conversation = conversation())]);
matrix!(all: #[tracked_tool(type = "t", record(outcome))] #[tracked_media(type = "image", sub_type = "png")] #[tracked_reply(body = |_| "r")]);

#[tokio::test]
async fn every_signature_returns_the_same_result() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Hello?");
    turn.run(async {
        tool::run().await;
        recorded::run().await;
        tool_with_media::run().await;
        media::run().await;
        component::run().await;
        reply::run().await;
        message::run().await;
        feedback::run().await;
        conversation::run().await;
        all::run().await;
    })
    .await;
    assert!(test.ledger().is_balanced());
    // Outside a conversation.
    tool::run().await;
    reply::run().await;
    all::run().await;
}
