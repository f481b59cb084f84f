//! Events: every attribute wrong, one at a time and all at once; reading leniently; order; numbers; extensions.

use arvo::{ARVO_CONTENT_TYPE, AttributeFault, Event, EventDraft, EventError, Limits, Scalar};
use serde_json::{Map, Value, json};

use crate::support::{NOON, environment};

/// The attributes of an event in the order of its JSON object, extensions left out.
const ATTRIBUTES: [&str; 17] = [
    "id",
    "source",
    "specversion",
    "type",
    "subject",
    "datacontenttype",
    "dataschema",
    "data",
    "time",
    "to",
    "accesscontrol",
    "redirectto",
    "executionunits",
    "traceparent",
    "tracestate",
    "parentid",
    "domain",
];

/// A value that breaks each attribute's rule, in the same order.
fn wrong() -> [(&'static str, Vec<Value>); 17] {
    [
        ("id", vec![json!(""), json!(1), json!(null), json!({})]),
        ("source", vec![json!(""), json!("a b"), json!("%c3%a4"), json!(null), json!([])]),
        ("specversion", vec![json!("0.3"), json!(1.0), json!(null)]),
        ("type", vec![json!(""), json!("com.order"), json!("Com.order.placed"), json!(3), json!(null)]),
        ("subject", vec![json!(""), json!("ä"), json!(true), json!(null)]),
        ("datacontenttype", vec![json!(""), json!("text/plain"), json!(5), json!(null)]),
        ("dataschema", vec![json!(""), json!("#/a b/1.0.0"), json!(1)]),
        ("data", vec![json!(null), json!([]), json!("{}"), json!(1), json!(true)]),
        ("time", vec![json!(""), json!("yesterday"), json!("2026-02-30T00:00:00Z"), json!(0), json!(null)]),
        ("to", vec![json!(""), json!("a b"), json!(1), json!(null)]),
        ("accesscontrol", vec![json!(""), json!(1), json!({})]),
        ("redirectto", vec![json!(""), json!("a b"), json!(false)]),
        ("executionunits", vec![json!("1"), json!(true), json!([])]),
        ("traceparent", vec![json!(""), json!(1)]),
        ("tracestate", vec![json!(""), json!(1)]),
        ("parentid", vec![json!(""), json!(1)]),
        ("domain", vec![json!(""), json!("Human"), json!("a-b"), json!(1)]),
    ]
}

fn valid() -> Map<String, Value> {
    let text = made().to_json();
    serde_json::from_str(&text).unwrap()
}

fn made() -> Event {
    EventDraft::new("com.shop.web", "com.order.placed")
        .subject("order/17")
        .data(json!({"total": 12.5}))
        .build(&environment())
        .unwrap()
}

/// The broken attributes, found in text and in a value alike.
fn broken(event: &Map<String, Value>) -> Vec<String> {
    let names = |error: EventError| -> Vec<String> {
        let issues: Vec<String> =
            error.issues().iter().map(|issue| issue.path.trim_start_matches('/').into()).collect();
        let names: Vec<String> = error.broken().iter().map(|broken| broken.attribute.clone()).collect();
        assert_eq!(names, issues);
        for name in &names {
            assert!(error.to_string().contains(name.as_str()), "the text names {name}: {error}");
        }
        names
    };
    let text = Value::Object(event.clone()).to_string();
    let of_text = Event::parse(&text, &Limits::DEFAULT).map_or_else(names, |_| Vec::new());
    let of_map = Event::from_map(event.clone(), &Limits::DEFAULT).map_or_else(names, |_| Vec::new());
    assert_eq!(of_text, of_map, "{text}");
    of_text
}

#[test]
fn each_attribute_alone_is_reported_by_name() {
    for (attribute, values) in wrong() {
        for value in values {
            let mut event = valid();
            event[attribute] = value.clone();
            assert_eq!(broken(&event), [attribute], "{attribute}: {value}");
        }
        let mut event = valid();
        event.shift_remove(attribute);
        let may_be_missing = attribute == "datacontenttype";
        assert_eq!(broken(&event), if may_be_missing { vec![] } else { vec![attribute] }, "{attribute} is missing");
    }
}

#[test]
fn all_attributes_at_once_are_one_error_that_lists_all() {
    let worst: Map<String, Value> =
        wrong().into_iter().map(|(key, values)| (key.to_owned(), values[0].clone())).collect();
    assert_eq!(broken(&worst), ATTRIBUTES);
    let everything_missing: Vec<&str> = ATTRIBUTES.into_iter().filter(|name| *name != "datacontenttype").collect();
    assert_eq!(broken(&Map::new()), everything_missing);
}

#[test]
fn a_draft_reports_all_of_its_attributes_too() {
    let worst = json!({
        "id": 1, "source": "", "specversion": "2", "type": "x", "subject": "", "datacontenttype": "text/plain",
        "dataschema": 1, "data": [], "time": "now", "to": 1, "accesscontrol": "", "redirectto": 1,
        "executionunits": "x", "traceparent": "", "tracestate": "", "parentid": {}, "domain": "X",
        "__extensions": {"Bad": 1, "deep": {}, "type": 1},
    });
    let draft = EventDraft::from_json(&worst.to_string(), &Limits::DEFAULT).unwrap();
    let error = draft.build(&environment()).unwrap_err();
    let mut names: Vec<&str> = error.broken().iter().map(|broken| broken.attribute.as_str()).collect();
    names.sort_unstable();
    let mut wanted: Vec<&str> = ATTRIBUTES.into_iter().chain(["Bad", "deep", "type"]).collect();
    wanted.sort_unstable();
    assert_eq!(names, wanted);
}

#[test]
fn what_is_missing_in_a_draft_is_named_once() {
    let error = EventDraft::default().build(&environment()).unwrap_err();
    let names: Vec<&str> = error.broken().iter().map(|broken| broken.attribute.as_str()).collect();
    assert_eq!(names, ["source", "type", "subject", "data"]);
    assert!(error.broken().iter().all(|broken| broken.fault == AttributeFault::Missing));
}

#[test]
fn a_text_that_is_no_object_is_no_event() {
    for text in ["", "null", "[]", "\"x\"", "1", "{", "{}x", "{\"id\":}", "\u{feff}{}"] {
        let error = Event::parse(text, &Limits::DEFAULT).unwrap_err();
        assert!(matches!(error, EventError::Json(_)), "{text:?}: {error}");
        assert!(error.broken().is_empty());
    }
    assert!(matches!(Event::from_value(json!([]), &Limits::DEFAULT), Err(EventError::Json(_))));
}

#[test]
fn lenient_reading_fills_what_may_be_absent_and_nothing_else() {
    let foreign = json!({"id": "1", "source": "/s", "specversion": "1.0", "type": "io.cloud.seen", "subject": "s",
        "time": NOON, "data": {}, "custom": 1});
    let text = foreign.to_string();
    assert!(Event::parse(&text, &Limits::DEFAULT).is_err());
    let event = Event::parse_lenient(&text, &Limits::DEFAULT).unwrap();
    assert_eq!((event.to(), event.domain(), event.executionunits(), event.dataschema()), (None, None, None, None));
    assert_eq!(event.datacontenttype(), "application/json");
    assert_eq!(event.extensions().collect::<Vec<_>>(), [("custom", &Scalar::Number(1.into()))]);
    for required in ["id", "source", "specversion", "type", "subject", "time", "data"] {
        let mut without = foreign.as_object().unwrap().clone();
        without.shift_remove(required);
        let error = Event::parse_lenient(&Value::Object(without).to_string(), &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.broken()[0].attribute, required);
    }
}

#[test]
fn strict_reading_defaults_the_content_type_alone() {
    let mut event = valid();
    event.shift_remove("datacontenttype");
    let event = Event::from_map(event, &Limits::DEFAULT).unwrap();
    assert_eq!(event.datacontenttype(), ARVO_CONTENT_TYPE);
}

#[test]
fn attributes_are_written_in_one_order_with_extensions_after_time() {
    let event = EventDraft::new("com.shop.web", "com.order.placed")
        .subject("s")
        .data(json!({}))
        .extension("zeta", Scalar::Null)
        .extension("alpha", Scalar::Bool(true))
        .build(&environment())
        .unwrap();
    let written: Map<String, Value> = serde_json::from_str(&event.to_json()).unwrap();
    let mut wanted: Vec<&str> = ATTRIBUTES.to_vec();
    wanted.splice(9..9, ["zeta", "alpha"]);
    assert_eq!(written.keys().map(String::as_str).collect::<Vec<_>>(), wanted);
    assert_eq!(written["time"], NOON);
    assert_eq!(event.to_json_indented(0).unwrap(), event.to_json());
    assert!(event.to_json_indented(2).unwrap().starts_with("{\n  \"id\": "));
}

#[test]
fn numbers_keep_their_value_and_data_its_text() {
    let data = r#"{"a": 1.0, "b": 9007199254740993, "c": 1e2, "d": -0, "e": 18446744073709551615, "f": 0.1}"#;
    let mut event = valid();
    event["data"] = json!({"marker": 0});
    let text = Value::Object(event).to_string().replace(r#"{"marker":0}"#, data);
    let event = Event::parse(&text, &Limits::DEFAULT).unwrap();
    assert_eq!(event.data_text(), data, "nobody changed it, so it goes out as it came in");
    assert!(event.to_json().contains(data));
    assert_eq!(event.data().unwrap()["b"], 9_007_199_254_740_993_u64);
    assert_eq!(event.data().unwrap()["e"], u64::MAX);
    let written = arvo::json::write(event.data().unwrap(), 0);
    assert_eq!(written, r#"{"a":1,"b":9007199254740993,"c":100,"d":0,"e":18446744073709551615,"f":0.1}"#);
}

#[test]
fn execution_units_are_finite() {
    for units in [0.0, -1.5, 1e300, f64::MIN_POSITIVE] {
        let draft = EventDraft::new("a.b.c", "a.b.c").subject("s").data(json!({})).executionunits(units);
        let event = draft.build(&environment()).unwrap();
        let again = Event::parse(&event.to_json(), &Limits::DEFAULT).unwrap();
        assert_eq!(again.executionunits(), Some(units));
    }
    for units in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let draft = EventDraft::new("a.b.c", "a.b.c").subject("s").data(json!({})).executionunits(units);
        assert_eq!(draft.build(&environment()).unwrap_err().broken()[0].attribute, "executionunits");
    }
    let mut event = valid();
    event["executionunits"] = json!(7);
    let text = Value::Object(event).to_string().replace(":7", ":1e999");
    let error = Event::parse(&text, &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.broken()[0].attribute, "executionunits");
}

#[test]
fn an_extension_is_a_scalar_with_a_name_of_its_own() {
    let mut event = valid();
    event.insert("ok".into(), json!("x"));
    event.insert("42".into(), json!(null));
    assert_eq!(broken(&event), [""; 0]);
    for (key, value) in [("Bad", json!(1)), ("a-b", json!(1)), ("", json!(1)), ("deep", json!({})), ("list", json!([]))]
    {
        let mut event = event.clone();
        event.insert(key.into(), value);
        assert_eq!(Event::from_map(event, &Limits::DEFAULT).unwrap_err().broken()[0].attribute, key);
    }
    let draft = EventDraft::new("a.b.c", "a.b.c").subject("s").data(json!({})).extension("to", Scalar::Null);
    assert_eq!(draft.build(&environment()).unwrap_err().broken()[0].fault, AttributeFault::Reserved);
}

#[test]
fn the_last_of_equal_keys_counts() {
    let text = Value::Object(valid()).to_string();
    let doubled = text.replacen('{', r#"{"id":"first","x":1,"data":{"no":1},"#, 1).replacen(
        ":1,\"data\"",
        ":1,\"x\":2,\"data\"",
        1,
    );
    let event = Event::parse(&doubled, &Limits::DEFAULT).unwrap();
    assert_eq!(event.id(), made().id());
    assert_eq!(event.data().unwrap(), &json!({"total": 12.5}));
    assert_eq!(event.extensions().collect::<Vec<_>>(), [("x", &Scalar::Number(2.into()))]);
}

#[test]
fn making_encodes_once_and_turns_empty_into_null() {
    let event = EventDraft::new("com.shop web", "com.order.placed")
        .subject("order%2017")
        .data(json!({}))
        .to("")
        .redirectto("")
        .dataschema("")
        .parentid("é")
        .build(&environment())
        .unwrap();
    assert_eq!((event.source(), event.subject()), ("com.shop%20web", "order%2017"));
    assert_eq!((event.to(), event.redirectto(), event.dataschema()), (Some("com.order.placed"), None, None));
    assert_eq!(event.parentid(), Some("%C3%A9"));
}

#[test]
fn events_are_equal_by_attributes_and_data_not_by_text() {
    let (one, mut map) = (made(), valid());
    map["data"] = serde_json::from_str(r#"{ "total" : 1250e-2 }"#).unwrap();
    let other = Event::from_map(map, &Limits::DEFAULT).unwrap();
    assert_eq!(Event::parse(&one.to_json(), &Limits::DEFAULT).unwrap(), other);
    let of = |number: &str| {
        let draft = EventDraft::new("a.b.c", "a.b.c").id("1".into()).subject("s");
        let draft = draft.extension("n", Scalar::Number(number.parse().unwrap()));
        draft
            .data(serde_json::from_str::<Value>(&format!(r#"{{"b":[{number}],"a":1}}"#)).unwrap())
            .build(&environment())
    };
    assert_eq!(of("1"), of("1.0"));
    assert_ne!(of("1"), of("1.5"));
    assert_ne!(of("9007199254740993"), of("9007199254740992"));
    assert!(!format!("{one:?}").contains("12.5"), "data may be private");
}

#[test]
fn text_is_escaped_wherever_it_needs_to_be() {
    for length in 0..70 {
        for at in 0..length {
            for special in ['"', '\\', '\n', '\u{8}', '\u{1f}', '\0', '\u{7f}', 'é', '😀'] {
                let mut text = vec!['x'; length];
                text[at] = special;
                let value = Value::String(text.into_iter().collect());
                assert_eq!(arvo::json::write(&value, 0), value.to_string());
            }
        }
    }
}
