//! Versions and dataschemas against the recorded cases.

use std::cmp::Ordering;

use arvo::{Dataschema, Version, lenient_version};
use proptest::prelude::*;
use serde_json::{Value, json};

fn cases(group: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/versions.json")).unwrap();
    let cases = file[group].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap()
}

fn halves(text: &str) -> Value {
    let parsed = text.parse::<Dataschema>().ok();
    parsed.map(|schema| json!({"uri": schema.uri, "version": schema.version.as_str()})).unwrap_or_default()
}

#[test]
fn recorded_comparisons() {
    for case in cases("compare") {
        let (a, b): (Version, Version) = (text(&case, "a").parse().unwrap(), text(&case, "b").parse().unwrap());
        let exactly = case.get("note").is_some(); // the reference rounds here
        let wanted = if exactly { Ordering::Greater } else { case["expect"].as_i64().unwrap().cmp(&0) };
        assert_eq!(a.compare(&b), wanted, "{case}");
    }
}

#[test]
fn recorded_validity_and_lenient_reading() {
    for case in cases("valid") {
        let version = text(&case, "version");
        let parsed = version.parse::<Version>();
        assert_eq!(parsed.is_ok(), case["valid"], "{case}");
        assert_eq!(parsed.is_ok_and(|version| version.is_wildcard()), case["wildcard"], "{case}");
        match lenient_version(version) {
            Ok([major, minor, patch]) => {
                let wanted = &case["parse"]["ok"];
                let wanted = ["major", "minor", "patch"].map(|part| wanted[part].as_f64().unwrap());
                assert_eq!([major, minor, patch], wanted, "{case}");
            }
            Err(error) => assert_eq!(error.to_string(), text(&case["parse"]["error"], "message"), "{case}"),
        }
    }
}

#[test]
fn recorded_dataschemas() {
    for case in cases("dataschemaParse") {
        assert_eq!(halves(text(&case, "dataschema")), case["expect"], "{case}");
        assert_eq!(Dataschema::split(text(&case, "dataschema")).is_some(), case["isValid"], "{case}");
    }
    for case in cases("dataschemaOfEvent") {
        assert_eq!(case["dataschema"].as_str().map(halves).unwrap_or_default(), case["expect"], "{case}");
    }
    for case in cases("dataschemaBuild") {
        let schema = Dataschema::new(text(&case, "uri"), text(&case, "version").parse().unwrap());
        assert_eq!(schema.to_string(), text(&case, "expect"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn versions_are_ordered_as_their_numbers(a: [u64; 3], b: [u64; 3]) {
        let version = |[x, y, z]: [u64; 3]| format!("{x}.{y}.{z}").parse::<Version>().unwrap();
        prop_assert_eq!(version(a).cmp(&version(b)), a.cmp(&b));
        prop_assert_eq!(version(a).compare(&version(a)), Ordering::Equal);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), mixed in "[ +v-]?[0-9.]{0,9}[ x]?") {
        for text in [text, mixed] {
            let _ = lenient_version(&text);
            if let Ok(schema) = text.parse::<Dataschema>() {
                prop_assert_eq!(Some(schema), Dataschema::split(&text).map(|(uri, version)| Dataschema::new(uri, version.parse().unwrap())));
            }
            if let Ok(version) = text.parse::<Version>() {
                prop_assert_eq!(version.as_str(), text);
            }
        }
    }
}
