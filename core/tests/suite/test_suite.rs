//! Suites and the check of contracts, as a Rust program uses them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arvo::suite::{Conformity, Repeat, Suite, Verdict, Wrong};
use arvo::{
    BoxError, Contract, Environment, Event, EventDraft, Handler, InMemory, Input, Machine, Orchestrator, Output,
    Resumable, ResumableInput, Resumed, TestAdapter, TestCase, TestReport, TestSuite, Tested, UserViolation, conforms,
};
use futures_executor::block_on;
use serde_json::{Value, json};

use crate::support::environment;

fn calc() -> Contract {
    let accepts = json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 1_000_000}, "b": {"type": "number", "default": 1}},
    });
    let emits = json!({"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]});
    Contract::simple("#/svc/calc", "calc.add").version("1.0.0", accepts, emits).build().unwrap()
}

/// A handler whose output has this data.
fn handler(data: impl Fn(&Value) -> Result<Value, BoxError> + Send + Sync + 'static) -> Handler {
    Handler::builder(&calc())
        .version("1.0.0", move |input: Input| {
            let data = input.event.data().map_err(BoxError::from).and_then(&data);
            async move { Ok(Output::new("evt.calc.add.success", data?)) }
        })
        .build()
        .unwrap()
}

fn adding() -> Handler {
    handler(|data| Ok(json!({"sum": data["a"].as_f64().unwrap() + data["b"].as_f64().unwrap()})))
}

fn request(data: Value) -> Result<Event, BoxError> {
    let draft = EventDraft::new("com.me.app", "com.calc.add").subject("s").dataschema("#/svc/calc/1.0.0");
    Ok(draft.data(data).build(&Environment::shared())?)
}

const FILE: &str = r##"{
    "config": [{"handler": "com.calc.add"}, {"name": "Echo", "function": "echo"}],
    "cases": [{"name": "adds", "steps": [{
        "input": {"type": "com.calc.add", "dataschema": "#/svc/calc/1.0.0", "data": {"a": 1, "b": 2}},
        "expectedEvents": {"$eq": [{"$ref": "events.0.data.sum"}, 3]}
    }]}]
}"##;

fn echo() -> Tested {
    Tested::function("echo", |event| async { Ok(vec![event]) })
}

fn report(suite: &TestSuite) -> TestReport {
    let mut report = TestReport::default();
    block_on(suite.run(&mut report));
    report
}

/// The text of the panic.
fn panic_of(test: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test)).unwrap_err();
    let text = panic.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn closures_make_events_and_check_what_came_of_them() {
    let case = TestCase::new("adds twice")
        .step_for_events(|_| request(json!({"a": 1})), |events| Ok(events[0].data()?["sum"] == 2.0))
        .step_for_events(
            |previous| request(json!({"a": previous.unwrap()[0].data()?["sum"].as_f64().unwrap() as i64, "b": 10})),
            |events| Ok(events[0].data()?["sum"] == 12.0),
        )
        .step_for_error(|_| request(json!({"a": "x"})), |error| Ok(error.type_.as_deref() == Some("Contract")))
        .step(|previous| {
            assert_eq!(previous.map(<[Event]>::len), Some(0));
            request(json!({"a": 1}))
        });
    let suite = TestSuite::new().on(&adding()).on_named("The same", &adding()).case(case.build().unwrap());
    let report = report(&suite);
    report.assert();
    assert_eq!((report.tests(), report.failed()), (2, 0));
}

#[test]
fn a_report_panics_with_a_table_of_the_failures() {
    let fails = |check: fn(&[Event]) -> Result<bool, BoxError>| {
        TestCase::new("fails").step_for_events(|_| request(json!({"a": 1})), check).build().unwrap()
    };
    let suite = TestSuite::new().on(&adding()).case(fails(|_| Err("my check".into()))).case(fails(|_| Ok(true)));
    let found = report(&suite);
    let text = panic_of(|| found.assert());
    let wanted = "1 of 2 tests failed\n\nTest<com.calc.add>\n  fails\n    Step 1: Custom validator threw error: my check\n    Actual events: {";
    assert!(text.starts_with(wanted), "{text}");
    let none = report(&TestSuite::new());
    assert!(panic_of(|| none.assert()).contains("no test has run"), "no test at all is no success");
}

#[test]
fn a_flaky_function_passes_as_often_as_it_must() {
    let flaky = |threshold: f64| {
        let calls = Arc::new(AtomicU32::new(0));
        let function = Tested::function("flaky", move |event| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            async move { if call % 4 == 3 { Err("flaky".into()) } else { Ok(vec![event]) } }
        });
        let case = TestCase::new("mostly").step(|_| request(json!({}))).repeat(Repeat::new(8, threshold).unwrap());
        report(&TestSuite::new().on(function).case(case.build().unwrap()))
    };
    flaky(75.0).assert();
    assert!(flaky(76.0).to_string().contains("Success rate 75.00% is below threshold 76%"));
}

#[test]
fn a_file_says_what_is_tested() {
    let suite = || TestSuite::of(Suite::read(FILE).unwrap()).environment(environment());
    let found = report(&suite().on(&adding()).on(echo()));
    assert_eq!((found.tests(), found.failed()), (2, 1));
    assert!(found.to_string().contains("\n\nEcho\n  adds\n    Step 1: Custom validator returned false"), "{found}");
    let found = report(&suite().on(echo()));
    assert!(found.to_string().contains("handler com.calc.add was not given to the suite, which has function echo"));
}

#[test]
fn an_adapter_is_told_of_groups_and_tests_in_order() {
    #[derive(Default)]
    struct Seen(Vec<String>);
    impl TestAdapter for Seen {
        fn describe(&mut self, group: &str) {
            self.0.push(group.to_owned());
        }
        fn before(&mut self) {
            self.0.push("before".to_owned());
        }
        fn test(&mut self, name: &str, verdict: &Verdict) {
            self.0.push(format!("{name}: {}", *verdict == Verdict::Passed));
        }
    }
    let mut seen = Seen::default();
    block_on(TestSuite::of(Suite::read(FILE).unwrap()).on(&adding()).on(echo()).run(&mut seen));
    assert_eq!(seen.0, ["Test<com.calc.add>", "before", "adds: true", "Echo", "before", "adds: false"]);
}

#[test]
fn a_handler_is_checked_against_its_contract() {
    assert_eq!(block_on(conforms(&adding()).seed(1).run()), Conformity::Kept { valid: 100, invalid: 50 });
    let wrong =
        handler(|data| Ok(json!({"sum": if data["a"].as_i64() > Some(20_000) { json!("much") } else { json!(1) }})));
    let Conformity::Broken(breach) = block_on(conforms(&wrong).seed(1).run()) else { panic!("it breaks") };
    assert_eq!(breach.input, json!({"a": 20_001}));
    assert!(matches!(&breach.wrong, Wrong::Violated(thrown) if thrown.message.contains("/sum: ")), "{breach}");
    assert!(panic_of(|| Conformity::Broken(breach.clone()).assert()).contains("ARVO_SEED=1"));
}

#[test]
fn errors_and_violations_that_user_code_means_are_no_breach() {
    let failing = handler(|_| Err("no luck".into()));
    block_on(conforms(&failing).seed(1).valid(20).invalid(10).run()).assert();
    let busy = handler(|_| Err(UserViolation::new("RateLimited", "slow down").into()));
    block_on(conforms(&busy).seed(1).valid(20).invalid(10).run()).assert();
}

fn flow() -> Contract {
    let object = || json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    Contract::orchestrator("#/orc/flow", "flow").version("1.0.0", object(), object()).build().unwrap()
}

fn resumable(output: fn(&Value) -> Value) -> Resumable {
    Resumable::builder(&flow())
        .version("1.0.0", move |input: ResumableInput| async move {
            Ok(Resumed::default().output(json!({"n": output(&input.event.data()?["n"])})))
        })
        .memory(InMemory::new())
        .build()
        .unwrap()
}

#[test]
fn workflows_are_checked_by_the_events_that_begin_them() {
    assert_eq!(
        block_on(conforms(&resumable(Value::clone)).seed(1).run()),
        Conformity::Kept { valid: 100, invalid: 50 }
    );
    let wrong =
        block_on(conforms(&resumable(|n| if *n == json!(0) { json!("zero") } else { n.clone() })).seed(1).run());
    let Conformity::Broken(breach) = wrong else { panic!("it breaks") };
    assert_eq!(breach.input["n"], 0);
    let machine = |output: Value| {
        let definition = json!({"id": "flow", "context": {"n": {"$": "input.data.n"}}, "initial": "done",
            "states": {"done": {"type": "final"}}, "output": output});
        let machine = Machine::builder(&flow().latest()).definition(definition).build().unwrap();
        Orchestrator::builder().machine(machine).build().unwrap()
    };
    let kept = block_on(conforms(&machine(json!({"n": {"$": "context.n"}}))).seed(1).run());
    assert_eq!(kept, Conformity::Kept { valid: 100, invalid: 50 });
    let wrong = block_on(conforms(&machine(json!({"n": "text"}))).seed(1).run());
    assert!(matches!(wrong, Conformity::Broken(breach) if breach.input["n"] == 0));
}

#[test]
fn a_function_has_no_contract_to_keep() {
    let end = block_on(conforms(echo()).seed(1).run());
    assert_eq!(end, Conformity::Kept { valid: 0, invalid: 0 });
    assert_eq!(panic_of(|| end.assert()), "nothing was tried");
}
