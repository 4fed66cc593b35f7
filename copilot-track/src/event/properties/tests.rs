use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::event::event_settings::Settings;
use crate::event::extra_properties::ExtraProperties;
use crate::event::extra_properties::SerializedValue;
use crate::event::properties::content_names::ContentNames;
use crate::event::properties::names::{CONVERSATION_ID, MESSAGE_BODY, ROLE};
use crate::event::properties::writer::{IdProperties, Properties};
use crate::event::role::Role;
use crate::privacy::content::Content;
use crate::privacy::content::Policy;
use crate::privacy::masking::masker::Masker;

fn policy(content: Content) -> Policy<'static> {
    static MASKER: LazyLock<Masker> = LazyLock::new(Masker::default);
    Policy {
        content,
        masker: &MASKER,
    }
}

const IDS: IdProperties<'static> = IdProperties {
    json: br#""conversationId":"c1""#.as_slice(),
    has_conversation: true,
    has_message: false,
};

fn written(
    extras: &ExtraProperties,
    role: Option<&Role>,
    write: impl FnOnce(&mut Properties<'_>),
) -> Result<String, String> {
    written_in(IdProperties::default(), extras, role, write)
}

fn written_in(
    ids: IdProperties<'_>,
    extras: &ExtraProperties,
    role: Option<&Role>,
    write: impl FnOnce(&mut Properties<'_>),
) -> Result<String, String> {
    let (mut out, mut texts, mut content_names) = (Vec::new(), Vec::new(), ContentNames::default());
    let settings = Settings {
        role: role.cloned(),
        extras: extras.clone(),
        ..Settings::default()
    };
    let mut properties = Properties::begin(
        &mut out,
        &mut texts,
        &settings,
        ids,
        policy(Content::Full),
        &mut content_names,
        false,
    );
    write(&mut properties);
    properties.end().map_err(|error| error.message)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn null_is_not_written() {
    let json = written(&ExtraProperties::default(), None, |p| {
        p.property("a", &None::<u8>);
        p.property("b", &f64::NAN);
        p.property("c", &1);
        p.property("d", &None::<&str>);
    });
    assert_eq!(json.unwrap(), r#"{"c":1}"#);
}

#[test]
fn a_property_set_on_the_event_replaces_that_of_its_type() {
    let mut extras = ExtraProperties::default();
    extras.set("qty".into(), SerializedValue::of(&1)).unwrap();
    extras.set("qty".into(), SerializedValue::of(&2)).unwrap();
    extras
        .set(CONVERSATION_ID.into(), SerializedValue::of("forged"))
        .unwrap();
    let json = written_in(IDS, &extras, Some(&Role::AiAgent), |p| {
        p.property("qty", &9);
        p.property("role", "customer");
        p.property(CONVERSATION_ID, "forged");
    });
    assert_eq!(
        json.unwrap(),
        r#"{"conversationId":"c1","role":"ai_agent","qty":2}"#
    );
}

#[test]
fn a_role_is_added_to_an_event_without_one() {
    let json = written(&ExtraProperties::default(), Some(&Role::Agent), |_| {});
    assert_eq!(json.unwrap(), r#"{"role":"agent"}"#);
}

#[test]
fn a_role_that_is_set_twice_is_written_once() {
    let mut extras = ExtraProperties::default();
    extras
        .set(ROLE.into(), SerializedValue::of("supervisor"))
        .unwrap();
    let json = written(&extras, Some(&Role::AiAgent), |p| {
        p.property("role", "customer");
    });
    assert_eq!(json.unwrap(), r#"{"role":"ai_agent"}"#);
}

#[test]
fn flattened_maps_become_properties() {
    let map = BTreeMap::from([("a", 1), ("b", 2)]);
    let json = written(&ExtraProperties::default(), None, |p| {
        p.flatten(&map);
        p.flatten(&None::<BTreeMap<String, u8>>);
    });
    assert_eq!(json.unwrap(), r#"{"a":1,"b":2}"#);
    let error = written(&ExtraProperties::default(), None, |p| p.flatten(&3)).unwrap_err();
    assert!(error.contains("neither a map nor a struct"), "{error}");
}

#[test]
fn a_flattened_name_is_written_once() {
    let map = BTreeMap::from([("a", 1), ("b", 1)]);
    let json = written(&ExtraProperties::default(), None, |p| {
        p.property("b", &2);
        p.flatten(&map);
        p.flatten(&map);
        p.property("a", &2);
    });
    assert_eq!(json.unwrap(), r#"{"b":2,"a":1}"#);
}

#[test]
fn a_message_body_that_is_set_as_a_property_is_hidden() {
    let mut extras = ExtraProperties::default();
    extras
        .set(MESSAGE_BODY.into(), SerializedValue::of("my secret"))
        .unwrap();
    let (mut out, mut texts, mut content_names) = (Vec::new(), Vec::new(), ContentNames::default());
    let settings = Settings {
        extras,
        ..Settings::default()
    };
    let mut properties = Properties::begin(
        &mut out,
        &mut texts,
        &settings,
        IdProperties::default(),
        policy(Content::Hidden),
        &mut content_names,
        false,
    );
    properties.content("note", "my secret");
    properties.flatten(&BTreeMap::from([("a", 1)]));
    properties.end().unwrap();
    assert_eq!(content_names.as_json(), r#"["note","message_body"]"#);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"note":"[hidden: 9 characters]","a":1,"message_body":"[hidden: 9 characters]"}"#
    );
}

#[test]
fn a_value_that_fails_to_serialize_is_an_error() {
    let by_list = BTreeMap::from([(vec![1], 1)]);
    let error = written(&ExtraProperties::default(), None, |p| {
        p.property("fine", &1);
        p.property("broken", &by_list);
    })
    .unwrap_err();
    assert!(error.starts_with("`broken` cannot be converted to JSON"));
}

#[test]
fn a_name_that_is_written_twice_is_sent_once() {
    let json = written(&ExtraProperties::default(), None, |p| {
        p.property("a\"", &None::<u8>);
        p.property("a\"", &1);
        p.property("a\"", &2);
        p.content("a\"", "three");
        p.property("b", &4);
    });
    assert_eq!(json.unwrap(), r#"{"a\"":1,"b":4}"#);
}

#[test]
fn a_value_with_a_duplicate_key_is_an_error() {
    #[derive(serde::Serialize)]
    struct Twice {
        a: u8,
        #[serde(flatten)]
        more: BTreeMap<&'static str, u8>,
    }
    let twice = Twice {
        a: 1,
        more: BTreeMap::from([("a", 2)]),
    };
    for write in [
        |p: &mut Properties<'_>, twice: &Twice| p.property("broken", twice),
        |p: &mut Properties<'_>, twice: &Twice| p.content("broken", &[twice]),
        |p: &mut Properties<'_>, twice: &Twice| p.flatten(twice),
    ] {
        let error = written(&ExtraProperties::default(), None, |p| write(p, &twice)).unwrap_err();
        assert!(error.contains("the key `a` occurs twice"), "{error}");
    }
    assert!(SerializedValue::of(&twice).0.is_err());
}

#[test]
fn flattened_numbers_keep_every_digit() {
    #[derive(serde::Serialize)]
    struct Numbers<'a> {
        wide: u128,
        narrow: f32,
        raw: &'a serde_json::value::RawValue,
    }
    let numbers = Numbers {
        wide: u128::MAX,
        narrow: 0.1,
        raw: serde_json::from_str("1e400").unwrap(),
    };
    let json = written(&ExtraProperties::default(), None, |p| p.flatten(&numbers));
    assert_eq!(
        json.unwrap(),
        r#"{"wide":340282366920938463463374607431768211455,"narrow":0.1,"raw":1e400}"#
    );
}

#[test]
fn a_value_that_is_too_deep_is_an_error_under_every_policy() {
    let deep = (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    for content in [Content::Full, Content::Masked, Content::Hidden] {
        let (mut out, mut texts, mut content_names) =
            (Vec::new(), Vec::new(), ContentNames::default());
        let mut properties = Properties::begin(
            &mut out,
            &mut texts,
            Settings::NONE,
            IdProperties::default(),
            policy(content),
            &mut content_names,
            false,
        );
        properties.content("deep", &deep);
        let error = properties.end().unwrap_err();
        assert!(error.is_too_deep && error.message.contains("nested too deeply"));
    }
}
