//! Hostile input: each is an error at the first contract check or read, soon, and without taking memory (SPEC §18).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use arvo::{
    Answer, ContractFault, Event, EventDraft, EventError, JsonError, Limits, ManagedId, NoHost, Output, Subject,
    Violation,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::{Compression, write::ZlibEncoder};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use std::io::Write;

use crate::support::{at_call, at_end, contract, plan, request, start};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MOST_BYTES: usize = 64 << 20;
const MOST_TIME: Duration = Duration::from_secs(1);

/// Runs a reader that must refuse, and watches what it takes. One at a time, so that no other is measured with it.
fn refuses<T, E: std::fmt::Display>(what: &str, read: impl FnOnce() -> Result<T, E>) -> String {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let base = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    #[allow(clippy::disallowed_methods)] // the test's own time
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(read));
    let took = start.elapsed();
    let peak = ALLOCATOR.peak_usage().saturating_sub(base);
    let error = match outcome {
        Err(_) => panic!("{what}: panicked"),
        Ok(Ok(_)) => panic!("{what}: accepted"),
        Ok(Err(error)) => error.to_string(),
    };
    assert!(peak <= MOST_BYTES, "{what}: took {peak} bytes");
    assert!(took <= MOST_TIME, "{what}: took {took:?}");
    assert!(error.len() < 2_000, "{what}: the error is {} bytes long", error.len());
    error
}

/// An event's text with this text as its data.
fn event_text(data: &str) -> String {
    let marker = r#"{"marker":1}"#;
    let text = EventDraft::new("com.shop.web", "com.order.place").subject("order/17").data(json!({"marker": 1}));
    let text = text.dataschema("#/shop/order/2.0.0").build(&crate::support::environment()).unwrap().to_json();
    assert!(text.contains(marker));
    text.replace(marker, data)
}

/// Reads an event and hands it to a handler: the first contract check.
fn handle(text: &str) -> Result<(), String> {
    let event = Event::parse(text, &Limits::DEFAULT).map_err(|error| error.to_string())?;
    match start(&plan(), event) {
        arvo::Turn::Done(outcome, _) => outcome.map(|_| ()).map_err(|violation| violation.to_string()),
        arvo::Turn::Step(..) => Ok(()),
    }
}

fn zlib(content: &[u8], times: usize) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(content).unwrap();
    }
    BASE64_STANDARD.encode(encoder.finish().unwrap())
}

#[test]
fn subjects_and_ids_that_inflate_beyond_the_limit() {
    let blank = vec![b' '; 1 << 20];
    let bomb = zlib(&blank, 40);
    assert!(bomb.len() < Limits::DEFAULT.encoded, "small enough to be looked into");
    let nested = zlib(bomb.as_bytes(), 1);
    for (what, text) in [("a bomb", bomb), ("a bomb in a bomb", nested)] {
        refuses(what, || Subject::parse(&text, &Limits::DEFAULT));
        refuses(what, || Subject::cached(&text, &Limits::DEFAULT));
        refuses(what, || ManagedId::parse(&text, &Limits::DEFAULT).ok_or("plain"));
    }
    let long = "A".repeat(10 << 20);
    let error = refuses("10 MB of base64", || Subject::parse(&long, &Limits::DEFAULT));
    assert!(error.contains("10485760 bytes"), "{error}");
}

#[test]
fn garbage_in_base64_zlib_and_json() {
    let json = |text: &str| zlib(text.as_bytes(), 1);
    let deep = "[".repeat(10_000);
    for text in [
        String::new(),
        "====".into(),
        "\0".into(),
        "ä".repeat(1000),
        BASE64_STANDARD.encode([0xff; 1000]),
        BASE64_STANDARD.encode([0x78, 0x9c]),
        json(""),
        json("nul"),
        json(&deep),
        json("{\"orchestrator\":"),
        json(r#"{"orchestrator":{"name":"\ud800"}}"#),
    ] {
        refuses("garbage", || Subject::parse(&text, &Limits::DEFAULT));
        refuses("garbage", || ManagedId::parse(&text, &Limits::DEFAULT).ok_or("plain"));
    }
}

#[test]
fn json_10_000_deep_passes_unread_and_is_refused_where_it_is_read() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let inner = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let text = event_text(&format!(r#"{{"id":{inner}}}"#));
        let event = Event::parse(&text, &Limits::DEFAULT).unwrap();
        assert_eq!(event.to_json(), text, "nobody looks, so it goes out as it came in");
        let error = refuses("deep data, read", || event.data().map(|_| ()));
        assert!(error.contains("128"), "{error}");
        refuses("deep data, checked", || handle(&text));
        refuses("deep text", || arvo::json::parse(&inner, &Limits::DEFAULT));
        let output = format!(r#"{{"type":"evt.order.placed","data":{{"total":{inner}}}}}"#);
        refuses("deep output", || {
            let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
            let outputs = Output::read(&output, &Limits::DEFAULT).map_err(Violation::Contract)?;
            at_end(execution.answer(Answer::Returned(outputs), &NoHost).map_err(|e| panic!("{e}"))?)
        });
        refuses("a deep attribute", || Event::parse(&text.replace("\"order/17\"", &inner), &Limits::DEFAULT));
        refuses("a deep extension", || {
            Event::parse(&text.replacen('{', &format!("{{\"x\":{inner},"), 1), &Limits::DEFAULT)
        });
        let draft = format!(r#"{{"source":"com.a.b","type":"a.b.c","subject":"s","data":{{}},"id":{inner}}}"#);
        refuses("a deep id", || {
            let draft = EventDraft::from_json(&draft, &Limits::DEFAULT).map_err(EventError::Json)?;
            draft.build(&crate::support::environment())
        });
        let draft =
            format!(r#"{{"source":"com.a.b","type":"a.b.c","subject":"s","data":{{}},"__extensions":{inner}}}"#);
        refuses("deep extensions", || {
            let draft = EventDraft::from_json(&draft, &Limits::DEFAULT).map_err(EventError::Json)?;
            draft.build(&crate::support::environment())
        });
        let output = format!(r#"{{"type":"evt.order.placed","data":{{"total":1}},"domain":{inner}}}"#);
        refuses("deep domains", || {
            let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
            let outputs = Output::read(&output, &Limits::DEFAULT).map_err(Violation::Contract)?;
            at_end(execution.answer(Answer::Returned(outputs), &NoHost).map_err(|e| panic!("{e}"))?)
        });
    }
}

#[test]
fn values_that_did_not_come_as_text_have_the_same_limits() {
    let mut deep = json!(1);
    for _ in 0..1_000 {
        deep = json!([deep]);
    }
    let factory = contract().latest().factory();
    let draft = |data: Value| EventDraft::from_source("com.shop.web").subject("s").data(data);
    refuses("a deep value", || factory.accepts(draft(json!({"id": deep}))));
    let crowd: Value = (0..10_001).map(|at| (at.to_string(), json!(at))).collect::<serde_json::Map<_, _>>().into();
    refuses("a crowded value", || factory.accepts(draft(json!({"id": crowd}))));
    refuses("a crowded subject", || Subject::from_value(crowd.clone(), &Limits::DEFAULT));
}

#[test]
fn strings_of_10_mb_and_events_over_1_mib() {
    let long = "x".repeat(10 << 20);
    let text = event_text(&format!(r#"{{"id":"{long}"}}"#));
    let error = refuses("10 MB of data", || Event::parse(&text, &Limits::DEFAULT));
    assert!(error.contains("1048576"), "the limit is named: {error}");
    refuses("10 MB, leniently", || Event::parse_lenient(&text, &Limits::DEFAULT));
    refuses("a draft of 10 MB", || EventDraft::from_json(&text, &Limits::DEFAULT));
    refuses("an output of 10 MB", || Output::read(&text, &Limits::DEFAULT));
    let fits = "x".repeat((1 << 20) - event_text(r#"{"id":""}"#).len());
    assert!(handle(&event_text(&format!(r#"{{"id":"{fits}"}}"#))).is_ok());
    let over = event_text(&format!(r#"{{"id":"{fits}x"}}"#));
    assert!(matches!(Event::parse(&over, &Limits::DEFAULT), Err(EventError::Json(JsonError::TooLarge { .. }))));
}

#[test]
fn ten_thousand_and_one_keys() {
    let members = |count: usize| (0..count).map(|at| format!(r#""k{at}":{at}"#)).collect::<Vec<_>>().join(",");
    let error = refuses("keys of data", || handle(&event_text(&format!(r#"{{"id":"1",{}}}"#, members(10_000)))));
    assert!(error.contains("10000"), "{error}");
    assert!(handle(&event_text(&format!(r#"{{"id":"1",{}}}"#, members(9_999)))).is_ok());
    refuses("keys inside", || arvo::json::parse(&format!("[{{{}}}]", members(10_001)), &Limits::DEFAULT));
    let crowd = event_text("{}").replacen('{', &format!("{{{},", members(10_001)), 1);
    refuses("extensions", || Event::parse(&crowd, &Limits::DEFAULT));
    let same = vec![r#""k":1"#; 50_000].join(",");
    assert!(handle(&event_text(&format!(r#"{{"id":"1",{same}}}"#))).is_ok(), "one key, however often");
}

#[test]
fn keys_that_mean_something_elsewhere_are_plain_data() {
    let data = r#"{"id":"1","__proto__":{"polluted":true},"constructor":{"prototype":1},"hasOwnProperty":0,"":2}"#;
    let event = Event::parse(&event_text(data), &Limits::DEFAULT).unwrap();
    assert_eq!(event.data().unwrap()["__proto__"]["polluted"], true);
    let (_, call) = at_call(start(&plan(), event));
    assert_eq!(call.event.data().unwrap(), &json!({"id": "1", "quantity": 1}), "unknown keys are stripped");
    refuses("such an extension", || {
        Event::parse(&event_text("{}").replacen('{', r#"{"__proto__":1,"#, 1), &Limits::DEFAULT)
    });
}

#[test]
fn lone_surrogates_are_refused_where_they_are_read() {
    for escape in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\udc00\ud800", r"\ud83da"] {
        let text = event_text(&format!(r#"{{"id":"{escape}"}}"#));
        let event = Event::parse(&text, &Limits::DEFAULT).unwrap();
        refuses("in data, read", || event.data().map(|_| ()));
        refuses("in data, checked", || handle(&text));
        refuses("in a key", || handle(&event_text(&format!(r#"{{"id":"1","{escape}":1}}"#))));
        let error = refuses("in an attribute", || {
            Event::parse(&event_text("{}").replace("order/17", escape), &Limits::DEFAULT)
        });
        assert!(error.contains("subject"), "{error}");
        refuses("in an output", || {
            Output::read(&format!(r#"[{{"type":"{escape}"}}]"#), &Limits::DEFAULT).and_then(|outputs| {
                match at_call(start(&plan(), request(json!({"id": "1"})))).0.answer(Answer::Returned(outputs), &NoHost)
                {
                    Ok(turn) => at_end(turn).map_err(|violation| match violation {
                        Violation::Contract(fault) => fault,
                        other => panic!("{other}"),
                    }),
                    Err(misfit) => panic!("{misfit}"),
                }
            })
        });
    }
    let pair = Event::parse(&event_text(r#"{"id":"\ud83d\ude00"}"#), &Limits::DEFAULT).unwrap();
    assert_eq!(pair.data().unwrap()["id"], "😀");
}

#[test]
fn an_output_of_many_items_is_bounded_by_its_text() {
    let many = format!("[{}]", vec!["1"; 400_000].join(","));
    let error = refuses("many items", || Output::read(&many, &Limits::DEFAULT));
    assert!(error.contains("output 0"), "{error}");
    assert!(matches!(Output::read("[1]", &Limits::DEFAULT), Err(ContractFault::NoOutput { .. })));
}
