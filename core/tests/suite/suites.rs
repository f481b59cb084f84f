//! Test suites, rule by rule (SPEC §17); whole ones are recorded in `tests/vectors/testsuites.json`.

use std::sync::Arc;

use arvo::suite::{Answer, Case, CaseProblem, Next, Repeat, Run, Suite, SuiteError, Thrown, Verdict};
use arvo::{Event, Limits, Subject};
use serde_json::{Value, json};

use crate::support::{NOON, environment};

/// An event as short as a suite's file may write it.
fn ping(n: u32) -> Value {
    json!({"type": "com.test.ping", "data": {"n": n}})
}

fn case(json: Value) -> Arc<Case> {
    Arc::new(Case::read(&json.to_string()).unwrap())
}

fn refused(json: Value) -> SuiteError {
    Suite::from_json(&json).unwrap_err()
}

/// Runs a case of templates on a function.
fn run(case: &Arc<Case>, mut function: impl FnMut(Event) -> Result<Vec<Event>, Thrown>) -> Verdict {
    let mut run = Run::new(case, &environment());
    loop {
        let answer = match run.next() {
            Next::Execute { event, .. } => match function(event) {
                Ok(events) => Answer::Executed(events),
                Err(thrown) => Answer::Thrown(thrown),
            },
            Next::Done(verdict) => return verdict,
            other => panic!("{other:?}"),
        };
        run.answer(answer).unwrap();
    }
}

fn echo(event: Event) -> Result<Vec<Event>, Thrown> {
    Ok(vec![event])
}

fn failed(text: &str) -> Verdict {
    Verdict::Failed(text.to_owned())
}

/// The value of a template: the data of the event that it makes.
fn worked_out(template: Value) -> Result<Value, String> {
    let step = json!({"input": {"type": "com.test.ping", "data": {"value": template}}});
    let case = case(json!({"name": "a template", "steps": [{"input": {
        "type": "com.test.ping", "data": {"a": {"b": [1, 2, {"c": "ü😀"}]}, "key.with.dots": 7, "list": [{"n": 1}, {}]},
    }}, step]}));
    let mut found = Value::Null;
    match run(&case, |event| {
        found = event.data().unwrap()["value"].clone();
        echo(event)
    }) {
        Verdict::Passed => Ok(found),
        Verdict::Failed(text) => Err(text),
    }
}

#[test]
fn every_operator_gives_what_the_page_says() {
    let at = |path: &str| json!({"$ref": format!("previous.0.data.{path}")});
    for (template, wanted) in [
        (at("a.b.0"), json!(1)),
        (json!({"$ref": ["previous", "0", "data", "key.with.dots"]}), json!(7)),
        (json!({"$ref": "nowhere", "default": at("a.b.1")}), json!(2)),
        (json!({"x": at("none"), "y": 1}), json!({"y": 1})),
        (json!([at("none"), 1]), json!([null, 1])),
        (json!({"$literal": {"$ref": "a"}}), json!({"$ref": "a"})),
        (json!({"$sum": [at("a.b.0"), 1.5]}), json!(2.5)),
        (json!({"$sum": [0.5, 0.5]}), json!(1)),
        (json!({"$sum": ["x"]}), json!(null)),
        (json!({"$sum": {"$pluck": [at("list"), "n"]}}), json!(null)),
        (json!({"$mul": [2, 3]}), json!(6)),
        (json!({"$sub": [2, 3]}), json!(-1)),
        (json!({"$concat": ["a", 1, 1.5, 1e21, null]}), json!("a11.51e+21null")),
        (json!({"$len": at("a.b.2.c")}), json!(3)),
        (json!({"$len": at("none")}), json!(0)),
        (json!({"$eq": [at("none"), null]}), json!(true)),
        (json!({"$eq": [{"a": 1.0}, {"a": 1}]}), json!(true)),
        (json!({"$eq": [1, "1"]}), json!(false)),
        (json!({"$gt": [2, 1]}), json!(true)),
        (json!({"$gt": [2, "1"]}), json!(false)),
        (json!({"$gte": [at("none"), 0]}), json!(false)),
        (json!({"$gte": [1, 1]}), json!(true)),
        (json!({"$lt": [1, 2]}), json!(true)),
        (json!({"$not": ""}), json!(true)),
        (json!({"$and": [1, "x", []]}), json!(true)),
        (json!({"$or": [0, null, false]}), json!(false)),
        (json!({"$if": [0, {"$fails": 1}, "no"]}), json!("no")),
        (json!({"$append": [[1], 2, [3]]}), json!([1, 2, [3]])),
        (json!({"$merge": [{"a": 1, "b": 1}, {"b": 2}]}), json!({"a": 1, "b": 2})),
        (json!({"$pluck": [at("list"), "n"]}), json!([1, null])),
        (json!({"$$": 1, "k$$": at("a.b.0")}), json!({"$$": 1, "k$$": 1})),
        (json!({"$": "previous[0].data.a.b[1]"}), json!(2)),
    ] {
        assert_eq!(worked_out(template.clone()), Ok(wanted), "{template}");
    }
}

#[test]
fn what_can_t_be_worked_out_fails_its_step() {
    for (template, part) in [
        (json!({"$nothing": 1}), "Step 2: Unexpected exception: unknown operator $nothing"),
        (json!({"$": "previous[7].data"}), "Step 2: Unexpected exception: "),
    ] {
        let found = worked_out(template).unwrap_err();
        assert!(found.starts_with(part), "{found}");
    }
}

#[test]
fn a_short_input_becomes_a_whole_event() {
    let case = case(json!({"name": "short", "steps": [
        {"input": ping(1)},
        {"input": {"type": "com.test.ping", "id": "my-id", "source": "com.me", "subject": "s", "data": {}}},
        {"input": {"$ref": "previous.0"}},
    ]}));
    let mut seen = Vec::new();
    let verdict = run(&case, |event| {
        seen.push(event.clone());
        echo(event)
    });
    assert_eq!(verdict, Verdict::Passed);
    assert_eq!((seen[0].id().len(), seen[0].time(), seen[0].to()), (36, NOON, Some("com.test.ping")));
    assert_eq!((seen[1].id(), seen[1].source(), seen[1].subject()), ("my-id", "com.me", "s"));
    assert_eq!(seen[2].to_json(), seen[1].to_json());
}

#[test]
fn an_event_that_begins_a_workflow_gets_a_subject_of_its_own() {
    let case = case(json!({"name": "init", "steps": [{"input": {
        "type": "arvo.orc.order", "dataschema": "#/orc/order/1.2.0", "redirectto": "com.me", "data": {},
    }}]}));
    let verdict = run(&case, |event| {
        let subject = Subject::parse(event.subject(), &Limits::DEFAULT).unwrap();
        assert_eq!((subject.orchestrator(), subject.version().as_str()), ("arvo.orc.order", "1.2.0"));
        assert_eq!(subject.meta()["redirectto"], "com.me");
        echo(event)
    });
    assert_eq!(verdict, Verdict::Passed);
}

#[test]
fn an_input_that_is_no_event_fails_its_step() {
    for (input, part) in [
        (json!(7), "the input is a number"),
        (json!({"$ref": "nothing"}), "the input is nothing"),
        (json!({"type": "com.test.ping", "data": {}, "id": 7}), "the input's id is a number"),
        (json!({"data": {}}), "type"),
        (json!({"specversion": "1.0"}), "id"),
    ] {
        let Verdict::Failed(text) = run(&case(json!({"name": "x", "steps": [{"input": input}]})), echo) else {
            panic!("{input} passed");
        };
        assert!(text.starts_with("Step 1: Unexpected exception: ") && text.contains(part), "{text}");
    }
}

#[test]
fn an_expression_asks_about_events_and_errors() {
    let of_events = |expression: &str| {
        case(json!({"name": "x", "steps": [{"input": ping(3), "expectedEvents": {"$": expression}}]}))
    };
    assert_eq!(run(&of_events("events[0].data.n == 3"), echo), Verdict::Passed);
    assert!(matches!(run(&of_events("events[0].data.n == 4"), echo), Verdict::Failed(text)
        if text.starts_with("Step 1: Custom validator returned false\nActual events: {\n  \"id\"")));
    let of_error = case(json!({"name": "x", "steps": [{"input": ping(3), "expectedError": {
        "$": "error.type == 'Config' && error.name.contains('Violation')",
    }}]}));
    let fails = |_: Event| Err(Thrown::violation("Config", "ViolationError<Config> no such version"));
    assert_eq!(run(&of_error, fails), Verdict::Passed);
}

#[test]
fn repetitions_go_side_by_side() {
    let case = case(json!({
        "name": "x", "steps": [{"input": ping(1)}, {"input": ping(2)}], "repeat": {"times": 3, "successThreshold": 60},
    }));
    let mut calls = Vec::new();
    let verdict = run(&case, |event| {
        calls.push(event.data().unwrap()["n"].as_u64().unwrap());
        if calls.len() == 2 { Err(Thrown::error("Error", "the second call")) } else { echo(event) }
    });
    assert_eq!(calls, [1, 1, 1, 2, 2], "what has failed goes no further");
    assert_eq!(verdict, Verdict::Passed);
}

#[test]
fn a_report_lists_the_first_ten_iterations_that_failed_at_whatever_step() {
    let case = case(json!({
        "name": "x", "steps": [{"input": ping(1)}, {"input": ping(2)}], "repeat": {"times": 14, "successThreshold": 50},
    }));
    let mut call = 0;
    let verdict = run(&case, |event| {
        call += 1;
        // The first step fails for iterations 3 to 14, the second for the two that are left.
        if call > 2 { Err(Thrown::error("Error", format!("call {call}"))) } else { echo(event) }
    });
    let Verdict::Failed(text) = verdict else { panic!("passed") };
    let lines: Vec<&str> = text.lines().skip(3).collect();
    assert_eq!(lines[0], "  Iteration undefined: Step 2: Unexpected exception: call 15");
    assert_eq!(lines[2], "  Iteration undefined: Step 1: Unexpected exception: call 3");
    assert_eq!((lines.len(), lines[10]), (11, "  ... and 4 more failures"));
}

#[test]
fn a_hundred_thousand_repetitions_that_all_fail_come_to_an_end() {
    let repeat = json!({"times": 100_000, "successThreshold": 50});
    let case = case(json!({"name": "x", "steps": [{"input": {"$nothing": 1}}], "repeat": repeat}));
    assert!(matches!(run(&case, echo), Verdict::Failed(text) if text.contains("Successes: 0/100000")));
}

#[test]
fn a_rate_is_told_as_javascript_writes_it() {
    let flaky = |times: u32, threshold: f64, passing: u32| {
        let repeat = json!({"times": times, "successThreshold": threshold});
        let case = case(json!({"name": "x", "steps": [{"input": ping(1)}], "repeat": repeat}));
        let mut calls = 0;
        let verdict = run(&case, |event| {
            calls += 1;
            if calls > passing { Err(Thrown::error("Error", "flaky")) } else { echo(event) }
        });
        match verdict {
            Verdict::Failed(text) => text.lines().next().unwrap().to_owned(),
            Verdict::Passed => "passed".to_owned(),
        }
    };
    assert_eq!(flaky(3, 66.7, 2), "Success rate 66.67% is below threshold 66.7%");
    assert_eq!(flaky(32, 50.0, 1), "Success rate 3.13% is below threshold 50%", "3.125 goes up");
    assert_eq!(flaky(32, 50.0, 3), "Success rate 9.38% is below threshold 50%", "9.375 goes up");
    assert_eq!(flaky(8, 100.0, 1), "Success rate 12.50% is below threshold 100%");
    assert_eq!(flaky(1, 0.0, 0), "passed");
}

#[test]
fn functions_of_the_program_are_asked_for_by_their_step() {
    let built = Case::builder("x").step_for_events().step_for_error().step().build().unwrap();
    let host = json!({"$host": true});
    let read = case(json!({"name": "x", "steps": [
        {"input": host, "expectedEvents": host}, {"input": host, "expectedError": host}, {"input": host},
    ]}));
    for case in [Arc::new(built), read] {
        let mut run = Run::new(&case, &environment());
        let event = Event::from_value(serde_json::from_str(EVENT).unwrap(), &Limits::DEFAULT).unwrap();
        assert!(matches!(run.next(), Next::Input { step: 0, previous: None }));
        assert!(matches!(run.next(), Next::Input { step: 0, previous: None }), "asked twice, told twice");
        let misfit = run.answer(Answer::Checked(true)).unwrap_err();
        assert_eq!(misfit.wanted, "Answer::Made or Answer::Thrown");
        run.answer(Answer::Made(event.clone())).unwrap();
        assert!(run.answer(Answer::Made(event.clone())).is_err());
        run.answer(Answer::Executed(vec![event.clone()])).unwrap();
        assert!(matches!(run.next(), Next::CheckEvents { step: 0, events } if events.len() == 1));
        assert!(run.answer(Answer::Executed(Vec::new())).is_err());
        run.answer(Answer::Checked(true)).unwrap();
        assert!(matches!(run.next(), Next::Input { step: 1, previous: Some(events) } if events.len() == 1));
        run.answer(Answer::Made(event.clone())).unwrap();
        run.answer(Answer::Thrown(Thrown::error("Boom", "it broke"))).unwrap();
        assert!(matches!(run.next(), Next::CheckError { step: 1, error } if error.message == "it broke"));
        run.answer(Answer::Checked(true)).unwrap();
        assert!(matches!(run.next(), Next::Input { step: 2, previous: Some(events) } if events.is_empty()));
        run.answer(Answer::Thrown(Thrown::error("Boom", "no input"))).unwrap();
        assert!(
            matches!(run.next(), Next::Done(verdict) if verdict == failed("Step 3: Unexpected exception: no input"))
        );
        assert!(run.answer(Answer::Checked(true)).is_err(), "nothing follows the end");
    }
}

#[test]
fn a_check_that_throws_no_error_has_no_text() {
    let host = json!({"$host": true});
    let case = case(json!({"name": "x", "steps": [{"input": ping(1), "expectedEvents": host}]}));
    let mut run = Run::new(&case, &environment());
    run.answer(Answer::Executed(Vec::new())).unwrap();
    let thrown = Answer::from_json(r#"{"thrown": {"message": "just text", "isError": false}}"#).unwrap();
    run.answer(thrown).unwrap();
    let wanted = failed("Step 1: Custom validator threw unknown error");
    assert!(matches!(run.next(), Next::Done(verdict) if verdict == wanted));
}

#[test]
fn a_run_crosses_to_another_language_as_text() {
    let host = json!({"$host": true});
    let case = case(
        json!({"name": "x", "steps": [{"input": host, "expectedEvents": host}, {"input": host, "expectedError": host}]}),
    );
    let mut run = Run::new(&case, &environment());
    assert_eq!(run.next().to_json(), r#"{"input":{"step":0,"previous":null}}"#);
    let event = serde_json::from_str::<Value>(EVENT).unwrap();
    run.answer(Answer::from_json(&json!({"made": event}).to_string()).unwrap()).unwrap();
    let execute: Value = serde_json::from_str(&run.next().to_json()).unwrap();
    assert_eq!(execute, json!({"execute": {"step": 0, "event": event}}));
    run.answer(Answer::from_json(&json!({"executed": [event]}).to_string()).unwrap()).unwrap();
    let check: Value = serde_json::from_str(&run.next().to_json()).unwrap();
    assert_eq!(check, json!({"checkEvents": {"step": 0, "events": [event]}}));
    run.answer(Answer::from_json(r#"{"checked": true}"#).unwrap()).unwrap();
    run.answer(Answer::from_json(&json!({"made": event}).to_string()).unwrap()).unwrap();
    run.answer(Answer::from_json(r#"{"thrown": {"name": "Boom", "message": "it broke"}}"#).unwrap()).unwrap();
    let check: Value = serde_json::from_str(&run.next().to_json()).unwrap();
    let error = json!({"name": "Boom", "message": "it broke", "type": null, "metadata": null});
    assert_eq!(check, json!({"checkError": {"step": 1, "error": error}}));
    run.answer(Answer::from_json(r#"{"checked": true}"#).unwrap()).unwrap();
    assert_eq!(run.next().to_json(), r#"{"passed":true}"#);
    for broken in ["{", "7", "{}", r#"{"made": 1}"#, r#"{"executed": [1]}"#, r#"{"checked": true, "made": 1}"#] {
        assert!(Answer::from_json(broken).is_err(), "{broken}");
    }
}

const EVENT: &str = r#"{"id":"1","source":"com.me","specversion":"1.0","type":"com.test.ping","subject":"s",
    "datacontenttype":"application/cloudevents+json;charset=UTF-8;profile=arvo","dataschema":null,"data":{},
    "time":"2026-01-31T12:00:00.000+00:00","to":"com.test.ping","accesscontrol":null,"redirectto":null,
    "executionunits":null,"traceparent":null,"tracestate":null,"parentid":null,"domain":null}"#;

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let error = refused(json!({
        "title": "misspelled",
        "config": [{"handler": "com.a.b", "function": "f"}, {"name": 7, "handler": "com.a.b"}, {}],
        "cases": [
            {"steps": []},
            {"name": "x", "repeat": {"times": 1.5, "successThreshold": 101}, "steps": [
                {"expectedEvents": true, "expectedError": true},
                {"input": {"$ref": 7}, "expectedEvents": {"$": "event[0]"}},
                {"input": {"$host": true}, "expectedError": {"$if": [1]}},
            ]},
        ],
    }));
    let mut paths: Vec<&str> = error.problems.iter().map(CaseProblem::path).collect();
    paths.sort_unstable();
    let wanted = [
        "/cases/0/name",
        "/cases/0/steps/0",
        "/cases/1/repeat/successThreshold",
        "/cases/1/repeat/times",
        "/cases/1/steps/0",
        "/cases/1/steps/0/input",
        "/cases/1/steps/1/expectedEvents/$",
        "/cases/1/steps/1/input/$ref",
        "/cases/1/steps/2/expectedError/$if",
        "/cases/1/steps/2/input",
        "/config/0",
        "/config/1/name",
        "/config/2/handler",
        "/title",
    ];
    assert_eq!(paths, wanted, "{error}");
}

#[test]
fn null_counts_as_left_out() {
    let suite = Suite::from_json(&json!({
        "config": {"name": null, "handler": null, "function": "f"},
        "cases": [{"name": "x", "repeat": null, "steps": [{"input": ping(1), "expectedEvents": null, "expectedError": null}]}],
    }));
    let suite = suite.unwrap();
    assert_eq!(suite.configs[0].group(), "Test<f>");
    assert_eq!(run(&suite.cases[0], echo), Verdict::Passed);
}

#[test]
fn a_file_that_is_no_suite_is_refused() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (text, part) in [
        ("{", "no JSON"),
        ("[]", "a list; it must be a suite"),
        (deep.as_str(), "nested deeper"),
        (r#"{"config": [], "cases": [1]}"#, "/cases/0 is a number"),
        (r#"{"config": [], "cases": 1}"#, "/config/0 is missing"),
    ] {
        let error = Suite::read(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_repetition_is_one_that_can_end() {
    assert!(Repeat::new(1, 0.0).is_some() && Repeat::new(1_000_000, 100.0).is_some());
    for (times, threshold) in [(0, 50.0), (1_000_001, 50.0), (1, -1.0), (1, 100.5), (1, f64::NAN)] {
        assert_eq!(Repeat::new(times, threshold), None);
    }
}
