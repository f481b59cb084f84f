//! The check that a handler keeps its contract, by handlers that do not.

use arvo::suite::{Breach, Conformity, Conforms, Effort, Outcome, Thrown, Trial, Wrong};
use arvo::{Contract, Event};
use serde_json::{Value, json};

use crate::support::environment;

fn adding() -> Contract {
    let emits = json!({"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]});
    let accepts = json!({
        "type": "object", "required": ["a", "note"], "additionalProperties": false,
        "properties": {
            "a": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
            "note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
        },
    });
    Contract::simple("#/svc/calc", "calc.add").version("1.0.0", accepts, emits).build().unwrap()
}

/// Runs the check on a function, which stands for a handler that judges its input by `contract` unless told otherwise.
fn check(contract: &Contract, effort: Effort, mut handler: impl FnMut(&Event, bool) -> (Outcome, u32)) -> Conformity {
    let mut check = Conforms::new(contract.versions(), effort, &environment());
    loop {
        let (outcome, calls) = match check.next() {
            Trial::Execute(event) => {
                let version = contract.versions().find(|known| event.dataschema() == Some(known.dataschema())).unwrap();
                let fits = version.accepts().schema.apply(event.data().unwrap()).is_ok();
                handler(&event, fits)
            }
            Trial::Done(end) => return end,
        };
        check.answer(outcome, calls).unwrap();
    }
}

fn emitted() -> (Outcome, u32) {
    (Outcome::Emitted(vec!["evt.calc.add.success".to_owned()]), 1)
}

fn broken(end: Conformity) -> Breach {
    match end {
        Conformity::Broken(breach) => *breach,
        other => panic!("{other:?}"),
    }
}

fn violated() -> Thrown {
    Thrown::violation("Contract", "ViolationError<Contract> Emit Event data validation failed: /sum: is missing")
}

#[test]
fn a_handler_that_keeps_its_contract_passes() {
    let mut calls = 0;
    let end = check(&adding(), Effort::new(3), |event, fits| {
        calls += 1;
        assert_eq!((event.type_(), event.dataschema()), ("com.calc.add", Some("#/svc/calc/1.0.0")));
        if fits { emitted() } else { (Outcome::refused(), 0) }
    });
    assert_eq!((end, calls), (Conformity::Kept { valid: 100, invalid: 50 }, 150));
}

#[test]
fn each_version_is_tried() {
    let object = |minimum: i64| json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": minimum}}, "required": ["a"]});
    let any = || json!({"type": "object"});
    let two =
        Contract::simple("#/svc/two", "two.two").version("1.0.0", object(0), any()).version("2.0.0", object(9), any());
    let two = two.build().unwrap();
    let mut tried = [0, 0];
    let end = check(&two, Effort::new(3), |event, fits| {
        tried[usize::from(event.dataschema() == Some("#/svc/two/2.0.0"))] += 1;
        if fits { emitted() } else { (Outcome::refused(), 0) }
    });
    assert_eq!((end, tried), (Conformity::Kept { valid: 200, invalid: 100 }, [150, 150]));
}

#[test]
fn a_break_for_one_input_in_five_hundred_is_found_and_made_small() {
    let breaks = |event: &Event| event.data().unwrap()["a"].as_i64().unwrap().rem_euclid(500) == 123;
    let mut effort = Effort::new(7);
    effort.valid = 5_000;
    let handler = |event: &Event, fits: bool| match fits {
        true if breaks(event) => (Outcome::Violated(violated()), 1),
        true => emitted(),
        false => (Outcome::refused(), 0),
    };
    let breach = broken(check(&adding(), effort, handler));
    assert_eq!(breach.input, json!({"a": 123, "note": ""}));
    assert_eq!(breach.wrong, Wrong::Violated(violated()));
    assert!(breach.shrunk > 0);
    let report = breach.to_string();
    for part in ["com.calc.add 1.0.0", "/sum: is missing", r#"{"a":123,"note":""}"#, "ARVO_SEED=7"] {
        assert!(report.contains(part), "{report}");
    }
    assert_eq!(broken(check(&adding(), effort, handler)), breach, "the seed replays it");
    for seed in [100, 101] {
        effort.seed = seed;
        assert_eq!(broken(check(&adding(), effort, handler)).input, breach.input, "seed {seed}");
    }
}

#[test]
fn invalid_input_must_be_refused_by_the_contract_before_user_code_runs() {
    let with = |outcome: Outcome, calls: u32| {
        broken(check(&adding(), Effort::new(5), move |_, fits| if fits { emitted() } else { (outcome.clone(), calls) }))
    };
    assert_eq!(with(Outcome::Emitted(vec!["evt.x".to_owned()]), 1).wrong, Wrong::Accepted(vec!["evt.x".to_owned()]));
    assert_eq!(with(Outcome::Emitted(Vec::new()), 0).wrong, Wrong::Accepted(Vec::new()));
    assert_eq!(with(Outcome::refused(), 1).wrong, Wrong::Reached(1));
    let config = Thrown::violation("Config", "ViolationError<Config> wrong wiring");
    assert_eq!(with(Outcome::Violated(config.clone()), 0).wrong, Wrong::Otherwise(config));
    assert_eq!(with(Outcome::refused(), 1).input, json!({}), "the smallest that does not fit");
}

#[test]
fn what_user_code_raises_on_purpose_is_no_breach() {
    let busy = Thrown::violation("RateLimited", "ViolationError<RateLimited> slow down");
    let end = check(&adding(), Effort::new(5), |_, fits| match fits {
        true => (Outcome::Raised(busy.clone()), 1),
        false => (Outcome::refused(), 0),
    });
    assert_eq!(end, Conformity::Kept { valid: 100, invalid: 50 });
}

#[test]
fn a_smaller_input_that_fails_otherwise_is_not_the_same_breach() {
    let end = check(&adding(), Effort::new(5), |event, fits| {
        let a = event.data().unwrap()["a"].as_f64();
        match fits {
            true if a > Some(100.0) => (Outcome::Violated(violated()), 1),
            true if a == Some(100.0) => (Outcome::Violated(Thrown::violation("Execution", "another one")), 1),
            true => emitted(),
            false => (Outcome::refused(), 0),
        }
    });
    assert_eq!(broken(end).input["a"], 101);
}

#[test]
fn a_schema_that_nothing_fits_is_told_and_never_passes() {
    let nothing = json!({"type": "object", "properties": {"x": {"type": "integer", "minimum": 2, "maximum": 1}}, "required": ["x"]});
    let contract =
        Contract::simple("#/svc/no", "no.no").version("1.0.0", nothing, json!({"type": "object"})).build().unwrap();
    let end = check(&contract, Effort::new(1), |_, _| panic!("nothing can be tried"));
    assert!(matches!(end, Conformity::Unknown { version, error }
        if version == "com.no.no 1.0.0" && error.to_string().contains("/properties/x")));
}

#[test]
fn a_workflow_gets_the_events_that_begin_it() {
    let object = || json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let contract = Contract::orchestrator("#/orc/flow", "flow")
        .version("1.0.0", object(), json!({"type": "object"}))
        .build()
        .unwrap();
    let end = check(&contract, Effort::new(1), |event, fits| {
        let subject = arvo::Subject::parse(event.subject(), &arvo::Limits::DEFAULT).unwrap();
        assert_eq!((subject.orchestrator(), subject.version().as_str()), ("arvo.orc.flow", "1.0.0"));
        if fits {
            assert_eq!(event.data().unwrap()["parentSubject$$"], Value::Null);
            emitted()
        } else {
            (Outcome::refused(), 0)
        }
    });
    assert_eq!(end, Conformity::Kept { valid: 100, invalid: 50 });
}

#[test]
fn the_word_of_a_host_s_schema_counts() {
    let described = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let (accepts, emits) = (arvo::Schema::host(0, described), arvo::Schema::host(1, json!({"type": "object"})));
    let contract = Contract::simple("#/svc/host", "host.host").version("1.0.0", accepts, emits).build().unwrap();
    let run = |mut outcome: Box<dyn FnMut() -> (Outcome, u32)>| {
        let mut check = Conforms::new(contract.versions(), Effort::new(1), &environment());
        loop {
            match check.next() {
                Trial::Execute(_) => {
                    let (outcome, calls) = outcome();
                    check.answer(outcome, calls).unwrap();
                }
                Trial::Done(end) => return end,
            }
        }
    };
    assert!(matches!(run(Box::new(emitted)), Conformity::Kept { .. }));
    let mut turn = 0;
    let sometimes = Box::new(move || {
        turn += 1;
        if turn % 2 == 0 { (Outcome::refused(), 0) } else { emitted() }
    });
    assert!(matches!(run(sometimes), Conformity::Kept { .. }));
    let Conformity::Unknown { version, error } = run(Box::new(|| (Outcome::refused(), 0))) else {
        panic!("one that refuses all that is made for it tells nothing of the handler")
    };
    assert_eq!(version, "com.host.host 1.0.0");
    assert!(error.to_string().contains("100 tries") && error.to_string().contains("validation failed"), "{error}");
    let breach = broken(run(Box::new(|| (Outcome::Violated(violated()), 1))));
    assert_eq!(breach.wrong, Wrong::Violated(violated()));
}

#[test]
fn a_check_crosses_to_another_language_as_text() {
    let contract = adding();
    let mut check = Conforms::new(contract.versions(), Effort::new(u64::MAX), &environment());
    let end = loop {
        let next: Value = serde_json::from_str(&check.next().to_json()).unwrap();
        if next.get("execute").is_none() {
            break next;
        }
        assert_eq!(next["execute"]["event"]["type"], "com.calc.add");
        let answer =
            r#"{"violated": {"name": "ViolationError<Config>", "message": "m", "type": "Config"}, "calls": 0}"#;
        let (outcome, calls) = Outcome::from_json(answer).unwrap();
        check.answer(outcome, calls).unwrap();
    };
    assert_eq!(end["broken"]["input"], json!({"a": 0, "note": ""}));
    assert_eq!(end["broken"]["seed"], "18446744073709551615");
    assert_eq!(end["broken"]["wrong"]["violated"]["type"], "Config");
    assert!(end["broken"]["report"].as_str().unwrap().contains("ARVO_SEED="));
    assert!(check.answer(Outcome::refused(), 0).is_err(), "nothing follows the end");
    for broken in ["{", "7", r#"{"emitted": []}"#, r#"{"emitted": [1], "calls": 1}"#, r#"{"calls": 1}"#] {
        assert!(Outcome::from_json(broken).is_err(), "{broken}");
    }
}
