//! Subjects: the recorded cases, and nothing that breaks the reader or outgrows its limits.

use std::collections::BTreeMap;

use arvo::{Environment, Limits, Subject, SubjectError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::hostile;

fn cases(group: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/subjects.json")).unwrap();
    let cases = file[group].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn parse(text: &str) -> Result<Subject, SubjectError> {
    Subject::parse(text, &Limits::default())
}

fn content(subject: &Subject) -> Value {
    serde_json::from_str(&subject.to_json()).unwrap()
}

/// Compares with what was recorded; a fresh id must be a UUID.
fn check(made: Result<Subject, SubjectError>, case: &Value) {
    match made {
        Ok(subject) => {
            let mut wanted = case["expect"]["decoded"].clone();
            if wanted["execution"]["id"].is_object() {
                assert_eq!(subject.execution().parse::<uuid::Uuid>().unwrap().get_version_num(), 4);
                wanted["execution"]["id"] = subject.execution().into();
            }
            assert_eq!(content(&subject), wanted, "{case}");
            assert_eq!(parse(&subject.encode()).unwrap(), subject, "{case}");
        }
        Err(error) => {
            let mut broken: Vec<String> = error.broken().iter().map(|field| field.name()).collect();
            broken.sort();
            assert_eq!(json!(broken), case["expect"]["error"]["broken"], "{case}: {error}");
        }
    }
}

fn draft(mut draft: arvo::SubjectDraft, input: &Value) -> arvo::SubjectDraft {
    if let Some(version) = input["version"].as_str() {
        draft = draft.version(version);
    }
    for (key, value) in input["meta"].as_object().into_iter().flatten() {
        draft = draft.meta(key, value.clone());
    }
    draft.domain(input["domain"].as_str())
}

#[test]
fn recorded_roots() {
    for case in cases("new") {
        let input = &case["input"];
        let root = Subject::root(input["orchestator"].as_str().unwrap(), input["initiator"].as_str().unwrap());
        check(draft(root, input).build(&Environment::system()), &case);
    }
}

#[test]
fn recorded_contents() {
    for case in cases("create") {
        check(Subject::from_value(case["content"].clone(), &Limits::default()), &case);
        if let Some(encoded) = case["expect"]["encoded"].as_str() {
            assert_eq!(content(&parse(encoded).unwrap()), case["expect"]["decoded"]);
        }
    }
}

#[test]
fn recorded_children() {
    for case in cases("from") {
        let input = &case["input"];
        let parent = parse(input["subject"].as_str().unwrap());
        let parent_content = parent.as_ref().ok().map(content).unwrap_or_default();
        assert_eq!(parent_content, case["parentDecoded"], "{case}");
        let child = parent.and_then(|parent| {
            draft(parent.child(input["orchestator"].as_str().unwrap()), input).build(&Environment::system())
        });
        check(child, &case);
    }
}

#[test]
fn recorded_texts() {
    for case in cases("parse") {
        let text = case["subject"].as_str().unwrap();
        for parsed in
            [parse(text), Subject::cached(text, &Limits::default()), Subject::cached(text, &Limits::default())]
        {
            assert_eq!(parsed.is_ok(), case["isValid"], "{case}: {parsed:?}");
            if let Ok(subject) = parsed {
                assert_eq!(content(&subject), case["expect"]["decoded"], "{case}");
            }
        }
    }
    for case in cases("validAsEventSubject") {
        assert!(arvo::uri::is_properly_encoded(case["subject"].as_str().unwrap()));
    }
}

#[test]
fn errors_begin_as_the_references_and_name_every_field() {
    let error = Subject::root("x", "z").version("y").domain(Some("D")).meta("a/b", 1).build(&Environment::system());
    let error = error.unwrap_err();
    let text = error.to_string();
    let start = "Error creating orchestration subject string from the provided context.\n\
                 Error -> Invalid ArvoOrchestrationContextType: ";
    assert!(text.starts_with(start), "{text}");
    let paths: Vec<String> = error.issues().into_iter().map(|issue| issue.path).collect();
    let wanted =
        ["/orchestrator/name", "/orchestrator/version", "/execution/initiator", "/execution/domain", "/meta/a~1b"];
    assert_eq!(paths, wanted);
    for name in ["orchestrator.name", "orchestrator.version", "execution.initiator", "execution.domain", "meta.a/b"] {
        assert!(text.contains(name), "{name}: {text}");
    }

    let text = parse(&encoded(r#"{"orchestrator": 1, "execution": {}}"#)).unwrap_err().to_string();
    assert!(text.starts_with("Error parsing orchestration subject string to the context.\nError -> "), "{text}");
    for part in
        ["orchestrator is a number", "execution.id is missing", "execution.domain is missing", "meta is missing"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = parse(&"ä".repeat(10_000)).unwrap_err().to_string();
    assert!(text.len() < 1000, "an error does not repeat a long text");
}

#[test]
fn lists_do_not_pass_for_objects() {
    let subject = r#"{"orchestrator": ["a.b.c", "1.0.0"], "execution": ["i", "a.b.c", null], "meta": {}}"#;
    let error = parse(&encoded(subject)).unwrap_err();
    let broken: Vec<String> = error.broken().iter().map(|field| field.name()).collect();
    assert_eq!(broken, ["orchestrator", "execution"]);
}

#[test]
fn unknown_keys_are_kept_at_every_level_and_escaped_alike() {
    let subject = json!({
        "orchestrator": {"name": "a.b.c", "version": "1.0.0", "o\"": [1]},
        "execution": {"id": "\u{0}\"\\", "initiator": "a.b.c", "domain": "d", "e": {"x": null}},
        "meta": {"\n": "\t"},
        "extra": "\u{1f600}",
    });
    let parsed = parse(&encoded(&subject.to_string())).unwrap();
    assert_eq!(content(&parsed), subject);
    assert_eq!(parse(&parsed.encode()).unwrap(), parsed);
}

#[test]
fn what_is_hostile_is_refused_within_the_limits() {
    let bomb = encoded(&format!(r#"{{"meta": "{}"}}"#, " ".repeat(30_000_000)));
    assert!(bomb.len() < Limits::DEFAULT.encoded);
    let deep = format!(r#"{{"x": {}1{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    let keys: Vec<String> = (0..6_000).map(|key| format!(r#""{key}":0"#)).collect();
    let few_keys = Limits { keys: 5_000, ..Limits::default() };
    for (text, limits, wanted) in [
        (bomb, Limits::default(), "inflate to more than the limit of 65536 bytes"),
        ("A".repeat(65_537), Limits::default(), "65537 bytes is over the limit of 65536"),
        (encoded(&deep), Limits::default(), "deeper than 128"),
        (encoded(&format!("{{{}}}", keys.join(","))), few_keys, "over the limit of 5000"),
    ] {
        for error in [Subject::parse(&text, &limits).unwrap_err(), Subject::cached(&text, &limits).unwrap_err()] {
            assert!(error.to_string().contains(wanted), "{wanted}: {error}");
        }
    }
    let nested = (0..1_000).fold(json!(1), |inner, _| json!([inner]));
    let error = Subject::from_value(json!({"x": nested}), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("deeper than 128"), "{error}");
}

/// Any text as a sender could put it into a subject.
fn encoded(content: &str) -> String {
    let mut stream = Vec::new();
    let mut deflater = flate2::Compress::new(flate2::Compression::default(), true);
    stream.reserve(content.len() + 1024);
    deflater.compress_vec(content.as_bytes(), &mut stream, flate2::FlushCompress::Finish).unwrap();
    BASE64_STANDARD.encode(stream)
}

fn valid() -> String {
    let draft = Subject::root("arvo.orc.test", "com.test.client").version("1.0.0").meta("redirectto", "com.x.y");
    draft.build(&Environment::system()).unwrap().encode()
}

prop_compose! {
    fn subject()(
        name in "[a-z0-9]{1,3}(\\.[a-z0-9]{1,3}){2,3}",
        version in "[0-9]{1,12}\\.[0-9]{1,3}\\.[0-9]",
        id in hostile::characters(),
        initiator in "[a-z0-9]{1,3}(\\.[a-z0-9]{1,3}){2,3}",
        domain in prop::option::of("[a-z0-9.]{1,12}"),
        meta in prop::collection::btree_map(hostile::characters(), hostile::characters(), 0..3),
        extra in prop::collection::btree_map("x[a-z]", any::<Option<i64>>(), 0..3),
    ) -> (Value, BTreeMap<String, String>) {
        let mut content = json!({
            "orchestrator": {"name": name, "version": version},
            "execution": {"id": format!("1{}", id.replace(';', "")), "initiator": initiator, "domain": domain},
            "meta": meta,
        });
        for (key, value) in extra {
            content[&key] = json!(value);
            content["execution"][key] = json!(value);
        }
        (content, meta)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn reading_gives_back_what_was_written((value, meta) in subject()) {
        let subject = Subject::from_value(value.clone(), &Limits::default()).unwrap();
        let text = subject.encode();
        prop_assert!(arvo::uri::is_properly_encoded(&text));
        let parsed = parse(&text).unwrap();
        prop_assert_eq!(&parsed, &subject);
        prop_assert_eq!(Subject::cached(&text, &Limits::default()).unwrap(), subject);
        prop_assert_eq!(parsed.meta(), &meta);
        prop_assert_eq!(content(&parsed), value);
    }

    #[test]
    fn no_text_panics(text in hostile::text(valid)) {
        let _ = parse(&text);
        let _ = Subject::cached(&text, &Limits::default());
    }

    #[test]
    fn no_content_panics(content in r#"\{("(orchestrator|execution|meta)":(1|null|\[\]|\{("(name|version|id|initiator|domain)":("[a;.1]{0,5}"|null)){0,1}\}),?){0,3}\}"#) {
        let _ = parse(&encoded(&content));
    }
}
