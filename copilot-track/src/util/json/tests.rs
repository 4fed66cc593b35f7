//! Strings and values must be written exactly as `serde_json` writes them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use serde::Serialize;

use crate::util::json::string::is_plain;
use crate::util::json::{string, value};

proptest! {
    #[test]
    fn it_writes_what_serde_json_does(text in "([ -~]{0,40}|.{0,40}|[\"\\\\\u{0}-\u{1f}\u{7f}é😀a]{0,20}){0,3}") {
        let mut out = Vec::new();
        string(&text, &mut out);
        prop_assert_eq!(&out, &serde_json::to_vec(&text).unwrap());
        out.clear();
        value(&text, &mut out).unwrap();
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
    fn check(what: &impl Serialize) {
        let mut out = Vec::new();
        value(what, &mut out).unwrap();
        assert_eq!(out, serde_json::to_vec(what).unwrap());
    }
    check(&(true, 1_u8, -1_i8, 2_u16, -2_i16, 3_u32, -3_i32));
    check(&true);
    check(&u64::MAX);
    check(&i64::MIN);
    check(&i128::MAX);
    check(&u128::MAX);
    check(&(1_u8));
    check(&(-1_i8));
    check(&(1_u16));
    check(&(-1_i16));
    check(&(1_u32));
    check(&(-1_i32));
    check(&0.1_f32);
    check(&f64::NAN);
    check(&'"');
    check(&());
    check(&None::<u8>);
    check(&Some("a\"b"));
    check(&Unit);
    check(&New("x\ny"));
    check(&Tuple(1, "\""));
    check(&[
        Kind::Unit,
        Kind::New(1),
        Kind::Tuple(2, 'é'),
        Kind::Struct { a: 3 },
    ]);
    check(&Kind::Unit);
    check(&Kind::New(1));
    check(&Kind::Tuple(2, 'é'));
    check(&Kind::Struct { a: 3 });
    check(&vec!["a", "b\\"]);
    check(&BTreeMap::from([(1, "one"), (2, "two")]));
    check(&serde_json::json!({ "a": [1, "x", null, { "b": 1.5 }] }));
    check(&serde_json::value::RawValue::from_string(r#"{"raw":  1}"#.into()).unwrap());
    let by_list = BTreeMap::from([(vec![1], 1)]);
    assert!(value(&by_list, &mut Vec::new()).is_err());
    assert!(value(&format_args!("{}-{}", 1, "\""), &mut Vec::new()).is_ok());
}
