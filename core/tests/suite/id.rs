//! Event ids: the recorded cases, and no text that breaks the reader.

use arvo::{Environment, EventId, Limits, ManagedId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::hostile;

#[test]
fn recorded_ways_of_making() {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/ids.json")).unwrap();
    let cases = file["create"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let id: EventId = serde_json::from_value(case["input"].clone()).unwrap();
        let id = id.make(&Environment::system());
        let expect = &case["expect"];
        match expect["kind"].as_str().unwrap() {
            "exact" => assert_eq!(id, expect["id"].as_str().unwrap()),
            "uuid4" => assert_uuid4(&id),
            "arvo-managed" => {
                let managed = ManagedId::parse(&id, &Limits::default()).unwrap();
                assert_uuid4(&managed.uuid);
                assert_eq!(managed.value, expect["decoded"]["value"].as_str().unwrap());
            }
            other => panic!("unknown kind {other}"),
        }
    }
}

#[test]
fn recorded_ways_of_reading() {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/ids.json")).unwrap();
    let cases = file["parse"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let wanted = case["expect"].get("decoded").cloned().unwrap_or_default();
        let managed = ManagedId::parse(case["id"].as_str().unwrap(), &Limits::default());
        let found = managed.map(|id| json!({"uuid": id.uuid, "value": id.value})).unwrap_or_default();
        assert_eq!(found, wanted, "{}", case["name"]);
    }
}

#[test]
fn an_id_spec_is_null_text_or_an_object() {
    let read = |value: Value| serde_json::from_value::<EventId>(value);
    assert_eq!(read(Value::Null).unwrap(), EventId::Random);
    assert_eq!(read(json!("a")).unwrap(), EventId::from("a"));
    assert_eq!(
        read(json!({"deduplication": "ARVO_MANAGED", "value": "a", "other": 1})).unwrap(),
        EventId::ArvoManaged("a".into())
    );
    for id in [EventId::Random, EventId::from("a".to_owned()), EventId::ArvoManaged("b".into())] {
        assert_eq!(read(serde_json::to_value(&id).unwrap()).unwrap(), id);
    }
    for bad in [json!(1), json!({}), json!({"deduplication": "NONE", "value": "a"}), json!({"value": "a"})] {
        let error = read(bad).unwrap_err().to_string();
        assert!(error.contains("DEVELOPER_MANAGED | ARVO_MANAGED"), "{error}");
    }
}

#[test]
fn what_is_over_a_limit_is_a_plain_id() {
    let id = ManagedId { uuid: "u".into(), value: "x".repeat(1000) }.encode();
    let parse = |encoded, inflated| ManagedId::parse(&id, &Limits { encoded, inflated, ..Limits::default() });
    let whole = r#"{"uuid":"u","value":""}"#.len() + 1000;
    assert!(parse(id.len(), whole).is_some());
    assert_eq!(parse(id.len() - 1, whole), None);
    assert_eq!(parse(id.len(), whole - 1), None);
}

fn assert_uuid4(text: &str) {
    let uuid: uuid::Uuid = text.parse().unwrap();
    assert_eq!((uuid.get_version_num(), uuid.to_string().as_str()), (4, text));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn reading_gives_back_what_was_written(uuid in hostile::characters(), value in hostile::characters()) {
        let id = ManagedId { uuid, value };
        prop_assert_eq!(ManagedId::parse(&id.encode(), &Limits::default()), Some(id));
    }

    #[test]
    fn no_text_panics(text in hostile::text(|| ManagedId { uuid: "u-1".into(), value: "v äöü".into() }.encode())) {
        let _ = ManagedId::parse(&text, &Limits::default());
    }
}
