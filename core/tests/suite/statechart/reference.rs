//! Corners in which XState, run on the same definition, does what is expected here.

use std::cell::RefCell;

use arvo::statechart::{Args, Chart, ChartHost, Check, Error, FnRef, Implementations, NoHost, Signal};
use arvo::{Data, Raised};
use serde_json::{Value, json};

fn compile(definition: Value) -> Chart {
    Chart::compile(&definition, &Implementations::default()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The snapshot after the start and these events, restored before each.
fn run(chart: &Chart, events: &[&str]) -> Value {
    let mut snapshot = chart.snapshot(chart.start(None, &NoHost).unwrap().state, &NoHost).unwrap();
    for name in events {
        let event = Signal::from_json(json!({"type": name})).unwrap();
        snapshot = chart.snapshot(chart.resume(snapshot, event, &NoHost).unwrap().state, &NoHost).unwrap();
    }
    snapshot
}

#[test]
fn a_finished_machine_keeps_the_order_of_its_regions() {
    let ends = |tag: &str| json!({"type": "final", "tags": tag});
    let chart = compile(json!({"id": "m", "type": "parallel", "states": {"a": ends("ta"), "b": ends("tb")}}));
    let snapshot = run(&chart, &["E"]);
    assert_eq!(snapshot["value"].to_string(), r#"{"b":{},"a":{}}"#);
    assert_eq!(snapshot.to_string(), run(&chart, &[]).to_string(), "it is stored unchanged");
}

/// Asks `check` for one guard, then enqueues one action.
struct Asks(Value, Value);

impl ChartHost for Asks {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        NoHost.act(function, args)
    }

    fn collect(&self, _: &FnRef, _: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        let passed = check.passes(&self.0)?;
        Ok(vec![self.1.clone(), json!({"assign": {"passed": passed}})])
    }
}

#[test]
fn a_name_that_check_is_given_is_looked_up_when_it_is_asked() {
    let chart =
        compile(json!({"id": "m", "initial": "a", "states": {"a": {}}, "entry": {"enqueueActions": {"$fn": 0}}}));
    for (guard, wanted) in [
        (json!("nope"), Err("Guard 'nope' is not implemented.'.")),
        (json!({"and": [{"or": []}, "nope"]}), Ok(false)),
        (json!({"or": [{"and": []}, {"type": "nope"}]}), Ok(true)),
        (json!({"or": [{"and": []}, {"stateIn": "#zz"}]}), Ok(true)),
        (json!({"stateIn": "#zz"}), Err("Child state node '#zz' does not exist on machine 'm'")),
        (json!({"not": {"stateIn": "#m.a.zz"}}), Err("Child state 'zz' does not exist on 'm.a'")),
    ] {
        let host = Asks(guard.clone(), json!({"type": "nobody"}));
        let passed = chart
            .start(None, &host)
            .map(|next| chart.snapshot(next.state, &host).unwrap()["context"]["passed"].clone());
        assert_eq!(
            passed.map_err(|error| error.to_string()),
            wanted.map(Value::from).map_err(str::to_owned),
            "{guard}"
        );
    }
}

#[test]
fn transitions_and_states_that_are_empty_text_or_null_are_not_there() {
    for nothing in [json!(""), json!(null), json!(false)] {
        let chart = compile(json!({"id": "m", "initial": "p", "context": {},
            "on": {"*": {"actions": {"assign": {"seen": true}}}},
            "states": {"p": {"initial": "f", "onDone": nothing, "states": {"f": {"type": "final"}}}}}));
        assert_eq!(run(&chart, &[])["context"], json!({"seen": true}), "onDone: {nothing}");
        let chart = compile(json!({"id": "m", "initial": "p",
            "always": {"guard": {"not": {"stateIn": "q"}}, "target": ".q"},
            "states": {"p": {"always": nothing, "on": nothing, "states": nothing}, "q": {}}}));
        assert_eq!(run(&chart, &[])["value"], "q", "always: {nothing}");
    }
}

#[test]
fn the_event_of_the_start_selects_nothing_when_it_is_sent() {
    let noted = |what: &str| json!({"actions": {"assign": {"noted": what}}});
    let chart = compile(json!({"id": "m", "initial": "a", "context": {},
        "on": {"xstate.init": noted("init"), "*": noted("any"), "E": {"actions": {"raise": {"type": "xstate.init"}}}},
        "states": {"a": {"on": {"GO": "b"}}, "b": {}}}));
    assert_eq!(run(&chart, &["xstate.init"])["context"], json!({}));
    assert_eq!(run(&chart, &["E"])["context"], json!({"noted": "init"}), "raised, it is an event like others");
}

#[test]
fn an_error_event_that_nobody_takes_fails_with_its_error() {
    let chart = compile(json!({"id": "m"}));
    for (event, wanted) in [
        (json!({"type": "xstate.error.actor.q", "error": {"message": "E!"}}), "E!"),
        (json!({"type": "xstate.error.actor.q"}), "unhandled error event 'xstate.error.actor.q'"),
    ] {
        let state = chart.start(None, &NoHost).unwrap().state;
        let error = chart.send(state, Signal::from_json(event).unwrap(), &NoHost).unwrap_err();
        assert!(matches!(error, Error::Unhandled { .. }));
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn an_empty_target_in_a_list_is_the_parent() {
    let entered = |id: &str| json!({"assign": {id: true}});
    let inner = |on: Value| {
        json!({"id": "m", "initial": "p", "context": {}, "states": {
        "p": {"initial": "a", "entry": entered("p"), "exit": {"assign": {"p": false, "left": true}},
            "states": {"a": {"on": {"E": "b"}}, "b": {"on": {"E": on}}}}}})
    };
    let (left, stays) =
        (run(&compile(inner(json!({"target": [""]}))), &["E", "E"]), run(&compile(inner(json!([""]))), &["E", "E"]));
    assert_eq!((&left["value"], &left["context"]), (&json!({"p": "a"}), &json!({"p": true, "left": true})));
    assert_eq!((&stays["value"], &stays["context"]), (&json!({"p": "b"}), &json!({"p": true})));
    let root = Chart::compile(&json!({"id": "m", "on": {"E": {"target": [""]}}}), &Implementations::default());
    assert!(root.unwrap_err()[0].message.starts_with("Invalid target: \"\" is not a valid target from the root node."));
    let history = json!({"id": "m", "initial": "a", "states": {"a": {"on": {"E": "p.h"}},
        "p": {"initial": "x", "states": {"h": {"type": "history", "target": [""]}, "x": {}, "y": {}}}}});
    assert_eq!(run(&compile(history), &["E"])["value"], json!({"p": "x"}));
}

#[test]
fn params_of_a_combined_guard_are_made_though_nobody_gets_them() {
    let definition =
        json!({"id": "m", "on": {"E": {"guard": {"type": "combined", "params": {"$fn": "boom"}}, "actions": []}}});
    for (form, wanted) in
        [(json!({"and": []}), false), (json!({"not": {"stateIn": "x"}}), false), (json!("plain"), true)]
    {
        let mut given = Implementations::default();
        given.guards.insert("combined".to_owned(), form.clone());
        given.guards.insert("plain".to_owned(), json!({"and": []}));
        let chart = Chart::compile(&definition, &given).unwrap();
        let state = chart.start(None, &NoHost).unwrap().state;
        let next = chart.send(state, Signal::from_json(json!({"type": "E"})).unwrap(), &NoHost);
        assert_eq!(next.is_ok(), wanted, "{form}: {:?}", next.err());
    }
}

#[test]
fn a_run_that_was_left_without_any_state_goes_on_in_its_initial_ones() {
    let chart = compile(json!({"id": "m", "initial": "a", "on": {"E": {"target": ".p.h", "reenter": true}},
        "states": {"a": {"on": {"B": "b"}}, "b": {}, "p": {"type": "parallel", "states": {"h": {"type": "history"}, "r": {}}}}}));
    assert_eq!(run(&chart, &["E"])["value"], json!({}));
    assert_eq!(run(&chart, &["E", "Q"])["value"], "a");
    assert_eq!(run(&chart, &["E", "B"])["value"], "b");
}

#[test]
fn a_run_that_starts_in_a_history_is_in_no_other_state_yet() {
    let inner = json!({"initial": "h", "states": {"a": {}, "d": {"initial": "x", "states": {"x": {}}},
        "h": {"type": "history", "target": "#m.c.d"}}});
    let chart =
        compile(json!({"id": "m", "initial": "c", "entry": {"enqueueActions": {"$fn": 0}}, "states": {"c": inner}}));
    for (state, wanted) in
        [(json!("c"), true), (json!({"c": "h"}), true), (json!({"c": "d"}), false), (json!("c.d.x"), false)]
    {
        let host = Asks(json!({"stateIn": state}), json!("none"));
        let started = chart.snapshot(chart.start(None, &host).unwrap().state, &host).unwrap();
        assert_eq!(started["context"]["passed"], wanted, "{state}");
    }
}

#[test]
fn a_star_within_a_part_of_a_descriptor_is_itself() {
    let taken = |descriptor: &str| {
        let chart = compile(json!({"id": "m", "initial": "a", "states": {"a": {"on": {descriptor: "b"}}, "b": {}}}));
        (run(&chart, &["a*b.c"])["value"] == "b", chart.warnings().iter().any(|warning| warning.path.contains("on.")))
    };
    assert_eq!(taken("a*b.*"), (true, false));
    assert_eq!(taken("*.c.*"), (false, true));
    assert_eq!(taken("a*"), (false, true));
}

#[test]
fn what_is_no_event_can_be_neither_raised_nor_emitted() {
    for (action, wanted) in [
        (json!({"raise": "x"}), "Only event objects may be used with raise; use raise({ type: \"x\" }) instead"),
        (json!({"emit": null}), "an event must be an object with a text 'type', found null"),
    ] {
        let error = compile(json!({"id": "m", "entry": action})).start(None, &NoHost).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn an_empty_id_is_the_default_one_and_an_id_may_stand_within_a_target() {
    let chart = compile(json!({"id": "", "initial": "a", "states": {"a": {"id": "", "on": {"E": ".#c", "F": "b.#c"}},
        "b": {}, "p": {"initial": "c", "states": {"c": {"id": "c"}}}}}));
    let state = chart.start(None, &NoHost).unwrap().state;
    assert_eq!(chart.describe(&state, []).active, ["(machine)", "(machine).a"]);
    for event in ["E", "F"] {
        assert_eq!(run(&chart, &[event])["value"], json!({"p": "c"}));
    }
}

/// Takes lines of the `log` action.
#[derive(Default)]
struct Lines(RefCell<Vec<Option<String>>>);

impl ChartHost for Lines {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        NoHost.act(function, args)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        NoHost.collect(function, args, check)
    }

    fn log(&self, label: Option<&str>, _: Option<&Data>) {
        self.0.borrow_mut().push(label.map(str::to_owned));
    }
}

#[test]
fn an_empty_label_is_none() {
    let chart = compile(json!({"id": "m", "entry": [{"log": 1, "label": ""}, {"log": 1, "label": "l"}]}));
    let lines = Lines::default();
    chart.start(None, &lines).unwrap();
    assert_eq!(lines.0.take(), [None, Some("l".to_owned())]);
}

#[test]
fn initial_of_a_parallel_state_has_actions_and_is_what_its_history_stands_for() {
    let region = |first: &str| json!({"initial": first, "states": {"x": {"on": {"X": "y"}}, "y": {}}});
    let chart = compile(json!({"id": "m", "initial": "o", "context": {"entered": 0}, "states": {
        "o": {"on": {"E": "p", "DEEP": "p.b.y", "H": "p.h"}},
        "p": {"type": "parallel", "initial": {"target": "a", "actions": {"assign": {"initial": true}}},
            "states": {"a": region("x"), "b": region("x"), "h": {"type": "history"}}}}}));
    let after = |event: &str| {
        let snapshot = run(&chart, &[event]);
        (snapshot["value"].clone(), snapshot["context"]["initial"] == true)
    };
    assert_eq!(after("E"), (json!({"p": {"a": "x", "b": "x"}}), true));
    assert_eq!(after("DEEP"), (json!({"p": {"a": "x", "b": "y"}}), false));
    assert_eq!(after("H"), (json!({"p": {"a": "x", "b": "x"}}), true));
}
