//! Reading gives back what was written, and no text makes the reader stop.

use arvo::{Event, EventDraft, Limits, Output, Scalar};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use crate::hostile::characters;
use crate::support::environment;

/// Text of at least one character.
fn some() -> impl Strategy<Value = String> {
    (any::<char>(), characters()).prop_map(|(first, rest)| format!("{first}{rest}"))
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        prop::sample::select(vec![0.1, -0.0, 5e-324, f64::MAX, 1e21, 123_456_789.123_456_79, 9.007_199_254_740_993e15])
            .prop_filter_map("finite", Number::from_f64),
    ]
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        characters().prop_map(Value::String),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((characters(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    vec((characters(), value), 0..4).prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        number().prop_map(Scalar::Number),
        characters().prop_map(|text| Scalar::Text(text.into())),
    ]
}

fn draft() -> impl Strategy<Value = EventDraft> {
    let attributes = (some(), "[a-z0-9]{1,3}(\\.[a-z0-9]{1,3}){2}", some(), data());
    let optional = (
        prop::option::of(some()),
        prop::option::of(any::<f64>().prop_filter("finite", |units| units.is_finite())),
        prop::option::of("[a-z0-9.]{1,6}"),
        prop::option::of(characters()),
    );
    let extensions = btree_map("x[a-z0-9]{0,6}", scalar(), 0..4);
    (attributes, optional, extensions).prop_map(|((source, type_, subject, data), optional, extensions)| {
        let (accesscontrol, units, domain, other) = optional;
        let mut draft = EventDraft::new(source, type_).subject(subject).data(data);
        if let Some(accesscontrol) = accesscontrol {
            draft = draft.accesscontrol(accesscontrol);
        }
        if let Some(units) = units {
            draft = draft.executionunits(units);
        }
        if let Some(domain) = domain {
            draft = draft.domain(domain);
        }
        if let Some(other) = other {
            draft = draft.redirectto(other.clone()).parentid(other.clone()).to(other.clone()).dataschema(other);
        }
        extensions.into_iter().fold(draft, |draft, (key, value)| draft.extension(key, value))
    })
}

/// Any JSON object with members that drafts and outputs look at.
fn members() -> impl Strategy<Value = Map<String, Value>> {
    let key = prop::sample::select(vec![
        "id",
        "source",
        "specversion",
        "type",
        "subject",
        "data",
        "time",
        "to",
        "executionunits",
        "domain",
        "__extensions",
        "dataschema",
        "datacontenttype",
        "redirectto",
        "accesscontrol",
        "parentid",
        "x",
    ]);
    let value =
        prop_oneof![data(), number().prop_map(Value::Number), characters().prop_map(Value::String), Just(Value::Null)];
    vec((key.prop_map(str::to_owned), value), 0..8).prop_map(|members| members.into_iter().collect())
}

/// An event's text with some of its characters replaced, cut or doubled.
fn mutated() -> impl Strategy<Value = String> {
    let event = EventDraft::new("com.shop.web", "com.order.placed").subject("order/17").executionunits(1.5);
    let event = event.data(serde_json::json!({"a": [1, "ä"], "b": {"c": null}})).build(&environment()).unwrap();
    let text: Vec<char> = event.to_json().chars().collect();
    let edits = vec(
        (0..text.len(), prop::sample::select(vec!['{', '}', '[', '"', '\\', ',', ':', 'u', '0', '-', '\0', 'é'])),
        1..6,
    );
    (edits, 0..text.len(), any::<bool>()).prop_map(move |(edits, end, cut)| {
        let mut text = text.clone();
        for (at, with) in edits {
            text[at] = with;
        }
        if cut {
            text.truncate(end);
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn reading_gives_back_what_was_written(draft in draft()) {
        let event = draft.build(&environment()).unwrap();
        let text = event.to_json();
        let again = Event::parse(&text, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&again, &event, "{}", text);
        prop_assert_eq!(again.to_json(), text);
        prop_assert_eq!(Event::from_value(event.to_value().unwrap(), &Limits::DEFAULT).unwrap(), event);
    }

    #[test]
    fn no_text_stops_the_reader(text in prop_oneof![mutated(), characters()]) {
        for event in [Event::parse(&text, &Limits::DEFAULT), Event::parse_lenient(&text, &Limits::DEFAULT)] {
            match event {
                Ok(event) => if event.data().is_ok() {
                    prop_assert_eq!(Event::parse_lenient(&event.to_json(), &Limits::DEFAULT).unwrap(), event);
                },
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn no_draft_and_no_output_stops_the_core(members in members()) {
        let text = Value::Object(members.clone()).to_string();
        let of_text = EventDraft::from_json(&text, &Limits::DEFAULT).unwrap().build(&environment());
        let of_map = EventDraft::from_map(members.clone()).build(&environment());
        prop_assert_eq!(&of_text, &of_map);
        if let Ok(event) = of_text {
            prop_assert_eq!(Event::parse(&event.to_json(), &Limits::DEFAULT).unwrap(), event);
        }
        prop_assert_eq!(Output::read(&text, &Limits::DEFAULT).is_ok(), Output::take(Value::Object(members)).is_ok());
    }
}
