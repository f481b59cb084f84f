//! Large charts, and charts that would never end: everything stays within its bound.

use arvo::statechart::{
    Args, Bounds, Chart, ChartHost, Check, Code, Error, FnRef, Implementations, NoHost, Options, Signal,
};
use arvo::{Data, Raised};
use serde_json::{Map, Value, json};

fn compile(definition: &Value) -> Chart {
    Chart::compile(definition, &Implementations::default()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn event(name: &str) -> Signal {
    Signal::from_json(json!({"type": name})).unwrap()
}

fn ring(size: usize) -> Value {
    let states = (0..size).map(|at| (format!("s{at}"), json!({"on": {"NEXT": format!("s{}", (at + 1) % size)}})));
    json!({"id": "ring", "initial": "s0", "states": states.collect::<Map<_, _>>()})
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!({"on": {"UP": "#deep"}}), |inner, _| json!({"initial": "x", "states": {"x": inner}}))
}

#[test]
fn a_chart_with_ten_thousand_states() {
    let definition = ring(10_000);
    let chart = compile(&definition);
    assert_eq!(chart.len(), 10_001);
    let mut state = chart.start(None, &NoHost).unwrap().state;
    for _ in 0..1_000 {
        state = chart.send(state.clone(), event("NEXT"), &NoHost).unwrap().state;
    }
    assert_eq!(chart.value(&state), "s1000");
}

#[test]
fn a_chart_two_hundred_states_deep() {
    let mut definition = deep(200);
    definition["id"] = json!("deep");
    let chart = compile(&definition);
    let first = chart.start(None, &NoHost).unwrap();
    let snapshot = chart.snapshot(first.state, &NoHost).unwrap();
    let next = chart.resume(snapshot.clone(), event("UP"), &NoHost).unwrap();
    assert_eq!(chart.snapshot(next.state, &NoHost).unwrap(), snapshot);
}

#[test]
fn a_parallel_state_with_five_hundred_regions() {
    let region =
        json!({"initial": "a", "states": {"a": {"on": {"E": "b"}}, "b": {"always": "c"}, "c": {"type": "final"}}});
    let regions = (0..500).map(|at| (format!("r{at}"), region.clone())).collect::<Map<_, _>>();
    let definition = json!({"id": "wide", "initial": "p", "states": {
        "p": {"type": "parallel", "states": regions, "onDone": "end"}, "end": {"type": "final"}}});
    let chart = compile(&definition);
    let first = chart.start(None, &NoHost).unwrap();
    let next = chart.send(first.state, event("E"), &NoHost).unwrap();
    assert_eq!(chart.value(&next.state), "end");
    assert_eq!(next.taken.len(), 1_001);
}

#[test]
fn too_many_states_or_levels_are_refused() {
    let code = |definition: &Value| Chart::compile(definition, &Implementations::default()).unwrap_err()[0].code;
    assert_eq!(code(&ring(100_000)), Code::Limit);
    assert_eq!(code(&deep(300)), Code::Limit);
    let nested = (0..300).fold(json!("x"), |inner, _| json!({"not": inner}));
    assert_eq!(code(&json!({"on": {"E": {"guard": nested, "actions": []}}})), Code::Limit);
    let nested = (0..1_200).fold(json!(0), |inner, _| json!([inner]));
    assert_eq!(code(&json!({"meta": nested})), Code::Limit);
}

#[test]
fn eventless_transitions_that_go_round_end_with_an_error() {
    let mut given = Implementations::default();
    given.actions.insert("count".to_owned(), json!({"assign": {"n": 1}}));
    let chart = Chart::compile(
        &json!({"id": "m", "initial": "a", "states": {"a": {"always": {"target": "b", "actions": "count"}}, "b": {"always": "a"}}}),
        &given,
    )
    .unwrap();
    match chart.start(None, &NoHost).unwrap_err() {
        Error::Endless { what: "microsteps", limit: 10_000, transitions, states } => {
            assert_eq!(transitions.len(), 10);
            assert_eq!(transitions.last().unwrap(), "m.a --always--> m.b");
            assert_eq!(states, ["m", "m.b"]);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn events_that_raise_more_events_end_with_an_error() {
    let raise = json!({"raise": {"type": "R"}});
    let twice = json!({"id": "m", "on": {"R": {"actions": [raise, raise]}}});
    let options = Options { bounds: Bounds { queued: 50, ..Bounds::default() }, ..Options::default() };
    let chart = Chart::compile_with(&twice, &Implementations::default(), options).unwrap();
    let first = chart.start(None, &NoHost).unwrap();
    let error = chart.send(first.state, event("R"), &NoHost).unwrap_err();
    assert!(matches!(error, Error::Endless { what: "queued events", limit: 50, .. }), "{error}");
}

#[test]
fn a_step_that_would_break_the_configuration_is_refused() {
    // `y` leaves `p`, while the history in `x` enters `x` again: its only target is its own source, so it leaves
    // nothing and does not conflict.
    let definition = json!({"id": "m", "initial": "p", "states": {
        "p": {"type": "parallel", "on": {"OUT": "o"}, "states": {
            "x": {"initial": "s", "states": {"s": {"on": {"E": "h"}}, "h": {"type": "history"}}},
            "y": {"on": {"E": "#m.o"}}}},
        "o": {"on": {"IN": "p"}}}});
    let chart = compile(&definition);
    let mut state = chart.start(None, &NoHost).unwrap().state;
    for name in ["OUT", "IN"] {
        state = chart.send(state, event(name), &NoHost).unwrap().state;
    }
    match chart.send(state, event("E"), &NoHost).unwrap_err() {
        Error::Illegal { transitions, node, problem, .. } => {
            assert_eq!(transitions, ["m.p.x.s --E--> m.p.x.h", "m.p.y --E--> m.o"]);
            assert_eq!((node.as_str(), problem), ("m", "has two active states inside"));
        }
        other => panic!("{other}"),
    }
}

/// Names that stand for names: `{name0: around(name1), …}`, the last one stands for `last`.
fn chain_of_names(length: usize, last: &Value, around: impl Fn(String) -> Value) -> Map<String, Value> {
    let form = |at: usize| if at + 1 == length { last.clone() } else { around(format!("n{}", at + 1)) };
    (0..length).map(|at| (format!("n{at}"), form(at))).collect()
}

#[test]
fn names_that_stand_for_names_are_followed_or_refused() {
    let nested = |levels: usize, inner: Value| (0..levels).fold(inner, |inner, _| json!({"not": inner}));
    let branch = |levels: usize, inner: Value| (0..levels).fold(inner, |inner, _| json!({"if": [{"actions": inner}]}));
    for (length, levels, fits) in [(60, 0, true), (2, 60, true), (20_000, 0, false), (10, 50, false)] {
        let guards = chain_of_names(length, &json!({"and": []}), |name| nested(levels, json!(name)));
        let actions = chain_of_names(length, &json!({"assign": {"done": true}}), |name| branch(levels, json!(name)));
        let given = Implementations { guards, actions, ..Implementations::default() };
        let definition = json!({"on": {"E": {"guard": nested(250, json!("n0")), "actions": branch(250, json!("n0"))}}});
        match Chart::compile(&definition, &given) {
            Ok(chart) => {
                let state = chart.start(None, &NoHost).unwrap().state;
                let next = chart.send(state, event("E"), &NoHost).unwrap();
                assert!(fits, "{length} {levels}");
                assert_eq!(chart.context(&next.state, &NoHost).unwrap()["done"], true);
            }
            Err(problems) => {
                assert!(!fits, "{length} {levels}");
                assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Limit, Code::Limit]);
            }
        }
    }
}

/// Enqueues itself, in a nest of branches.
struct Nests(usize);

impl ChartHost for Nests {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        NoHost.act(function, args)
    }

    fn collect(&self, _: &FnRef, _: Args<'_>, _: Check<'_>) -> Result<Vec<Value>, Error> {
        let own = json!({"enqueueActions": {"$fn": 0}});
        Ok(vec![(0..self.0).fold(own, |inner, _| json!({"if": [{"actions": inner}]}))])
    }
}

#[test]
fn actions_that_enqueue_themselves_end_with_an_error_however_deep() {
    let chart = compile(&json!({"id": "m", "entry": {"enqueueActions": {"$fn": 0}}}));
    for branches in [0, 200] {
        let error = chart.start(None, &Nests(branches)).unwrap_err();
        assert!(matches!(error, Error::Endless { what: "levels of actions", .. }), "{error}");
    }
}
