//! Strings and values must be written exactly as `serde_json` writes them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use serde::Serialize;
use serde_json::Value;

use crate::util::json::string::is_plain;
use crate::util::json::tokens::{TokenKind, Tokens};
use crate::util::json::tree::{drop_values, heap_size, is_deeper};
use crate::util::json::{JsonError, MAX_DEPTH, check, string, to_vec, value};

proptest! {
    #[test]
    fn it_writes_what_serde_json_does(text in "([ -~]{0,40}|.{0,40}|[\"\\\\\u{0}-\u{1f}\u{7f}é😀a]{0,20}){0,3}") {
        let mut out = Vec::new();
        string(&text, &mut out);
        prop_assert_eq!(&out, &serde_json::to_vec(&text).unwrap());
        out.clear();
        value(&text, 0, &mut out).unwrap();
        prop_assert_eq!(out, serde_json::to_vec(&text).unwrap());
    }
}

#[test]
fn every_byte_is_checked() {
    for special in ["\"", "\\", "\n", "\0", "\u{1f}"] {
        for before in 0..40 {
            for after in 0..20 {
                let text = "x".repeat(before) + special + &"y".repeat(after);
                assert!(!is_plain(text.as_bytes()), "{text:?}");
            }
        }
    }
    for length in 0..40 {
        assert!(is_plain("é \u{7f}!#[]~".repeat(length).as_bytes()));
    }
}

#[test]
fn every_kind_of_value_is_written_like_serde_json() {
    #[derive(Serialize)]
    enum Kind {
        Unit,
        New(u8),
        Tuple(u8, char),
        Struct { a: u8 },
    }
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct New(&'static str);
    #[derive(Serialize)]
    struct Tuple(u8, &'static str);
    fn check_written(what: &impl Serialize) {
        let mut out = Vec::new();
        value(what, 0, &mut out).unwrap();
        assert_eq!(out, serde_json::to_vec(what).unwrap());
    }
    check_written(&(true, 1_u8, -1_i8, 2_u16, -2_i16, 3_u32, -3_i32));
    check_written(&true);
    check_written(&u64::MAX);
    check_written(&i64::MIN);
    check_written(&i128::MAX);
    check_written(&u128::MAX);
    check_written(&(1_u8));
    check_written(&(-1_i8));
    check_written(&(1_u16));
    check_written(&(-1_i16));
    check_written(&(1_u32));
    check_written(&(-1_i32));
    check_written(&0.1_f32);
    check_written(&f64::NAN);
    check_written(&'"');
    check_written(&());
    check_written(&None::<u8>);
    check_written(&Some("a\"b"));
    check_written(&Unit);
    check_written(&New("x\ny"));
    check_written(&Tuple(1, "\""));
    check_written(&[
        Kind::Unit,
        Kind::New(1),
        Kind::Tuple(2, 'é'),
        Kind::Struct { a: 3 },
    ]);
    check_written(&Kind::Unit);
    check_written(&Kind::New(1));
    check_written(&Kind::Tuple(2, 'é'));
    check_written(&Kind::Struct { a: 3 });
    check_written(&vec!["a", "b\\"]);
    check_written(&BTreeMap::from([(1, "one"), (2, "two")]));
    check_written(&serde_json::json!({ "a": [1, "x", null, { "b": 1.5 }] }));
    check_written(&serde_json::value::RawValue::from_string(r#"{"raw":  1}"#.into()).unwrap());
    let by_list = BTreeMap::from([(vec![1], 1)]);
    assert!(value(&by_list, 0, &mut Vec::new()).is_err());
    assert!(value(&format_args!("{}-{}", 1, "\""), 0, &mut Vec::new()).is_ok());
}

#[test]
fn tokens_cover_everything_but_separators() {
    let json = r#" {"a" : [1, -2.5e+3,"x\"]}", true], "b\\":{"":null}} "#;
    let tokens: Vec<_> = Tokens::new(json)
        .map(|token| (token.kind, token.text))
        .collect();
    assert_eq!(
        tokens,
        [
            (TokenKind::BeginObject, "{"),
            (TokenKind::Key, r#""a""#),
            (TokenKind::BeginArray, "["),
            (TokenKind::Number, "1"),
            (TokenKind::Number, "-2.5e+3"),
            (TokenKind::String, r#""x\"]}""#),
            (TokenKind::Literal, "true"),
            (TokenKind::End, "]"),
            (TokenKind::Key, r#""b\\""#),
            (TokenKind::BeginObject, "{"),
            (TokenKind::Key, r#""""#),
            (TokenKind::Literal, "null"),
            (TokenKind::End, "}"),
            (TokenKind::End, "}"),
        ]
    );
    for token in Tokens::new(json) {
        assert_eq!(&json[token.start..token.end()], token.text);
    }
}

#[test]
fn duplicate_keys_are_found_at_any_depth() {
    for (json, key) in [
        (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, None),
        (r#"{"a":1,"a":1}"#, Some("a")),
        (r#"{"a":1,"\u0061":2}"#, Some("a")),
        (r#"{"p":{"x":[0,{"y":1,"z":{},"y":[]}]}}"#, Some("y")),
        (r#"{"a:":"b\":c\\","d":"\\\":"}"#, None),
        (r#"[{"":1,"":2}]"#, Some("")),
    ] {
        let found = match check(json, 0) {
            Ok(()) => None,
            Err(JsonError::DuplicateKey(key)) => Some(key),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found.as_deref(), key, "{json}");
    }
    for invalid in [
        "{",
        r#"{"a":1,}"#,
        r#"["\ud800"]"#,
        r#"{"\ud800":1}"#,
        "1 2",
        "",
    ] {
        assert!(
            matches!(check(invalid, 0), Err(JsonError::Serde(_))),
            "{invalid}"
        );
    }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

/// Runs `work` on a thread with a small stack.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn the_depth_of_a_value_is_limited() {
    for (levels, level, fits) in [
        (MAX_DEPTH, 0, true),
        (MAX_DEPTH + 1, 0, false),
        (MAX_DEPTH - 2, 2, true),
        (MAX_DEPTH - 1, 2, false),
    ] {
        let json = to_vec(&nested(levels), level);
        assert_eq!(json.is_ok(), fits, "{levels} at {level}");
        let json = "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(check(&json, level).is_ok(), fits, "{levels} at {level}");
        assert_eq!(!is_deeper(&nested(levels), MAX_DEPTH - level), fits);
        let raw = serde_json::value::RawValue::from_string(json).unwrap();
        assert_eq!(to_vec(&raw, level).is_ok(), fits, "{levels} at {level}");
    }
}

#[test]
fn a_hundred_thousand_levels_do_not_overflow_the_stack() {
    const LEVELS: usize = 100_000;
    on_small_stack(|| {
        let arrays = nested(LEVELS);
        let objects = (0..LEVELS).fold(Value::Null, |inner, _| {
            Value::Object([("a".to_owned(), inner)].into_iter().collect())
        });
        for value in [&arrays, &objects] {
            assert!(to_vec(value, 0).is_err_and(|error| error.is_too_deep()));
            assert!(is_deeper(value, MAX_DEPTH));
            assert!(heap_size([value]) >= LEVELS * size_of::<Value>());
        }
        drop_values([arrays, objects]);
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let json = open.repeat(LEVELS) + "1" + &close.repeat(LEVELS);
            assert!(matches!(check(&json, 0), Err(JsonError::TooDeep)));
            assert_eq!(
                Tokens::new(&json)
                    .filter(|t| t.kind == TokenKind::End)
                    .count(),
                LEVELS
            );
        }
    });
}

/// Ignores the error of its inner value, and therefore leaves invalid JSON behind.
struct IgnoresErrors;

impl Serialize for IgnoresErrors {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut items = serializer.serialize_seq(None)?;
        let _ = items.serialize_element(&BTreeMap::from([(vec![1], 1)]));
        items.end()
    }
}

#[test]
fn a_value_that_ignores_an_error_is_an_error() {
    assert!(to_vec(&IgnoresErrors, 0).is_err());
}
