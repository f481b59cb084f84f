//! History states whose default lies anywhere: they may lead back to themselves, and no stack may pay for it.

use arvo::statechart::{Chart, Code, Error, Implementations, NoHost, Signal};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn compile(definition: &Value) -> Result<Chart, Vec<Code>> {
    Chart::compile(definition, &Implementations::default())
        .map_err(|problems| problems.iter().map(|problem| problem.code).collect())
}

fn event(name: &str) -> Signal {
    Signal::from_json(json!({"type": name})).unwrap()
}

#[test]
fn a_region_that_is_entered_by_a_history_out_of_it_is_refused() {
    let region = json!({"initial": "h", "states": {"h": {"type": "history", "target": "#m.p.q"}}});
    let parallel = json!({"type": "parallel", "states": {"r": region, "q": {}}});
    let below = json!({"id": "m", "initial": "a", "states": {"a": {"on": {"E": "p"}}, "p": parallel}});
    assert_eq!(compile(&below).unwrap_err(), [Code::Initial]);
    let region = json!({"initial": "h", "states": {"h": {"type": "history", "target": "#m.q"}}});
    let root = json!({"id": "m", "type": "parallel", "states": {"r": region, "q": {}}});
    assert_eq!(compile(&root).unwrap_err(), [Code::Initial]);
    let by_another = json!({"initial": "h", "states": {"h": {"type": "history", "target": "g"},
        "g": {"type": "history", "target": "#m.q"}}});
    let root = json!({"id": "m", "type": "parallel", "states": {"r": by_another, "q": {}}});
    assert_eq!(compile(&root).unwrap_err(), [Code::Initial]);
}

#[test]
fn a_region_that_is_entered_by_a_history_inside_it_runs() {
    let region = json!({"initial": "h", "states": {"h": {"type": "history", "target": "s"}, "s": {}}});
    let definition = json!({"id": "m", "type": "parallel", "states": {"r": region, "q": {}}});
    let chart = compile(&definition).unwrap();
    let state = chart.start(None, &NoHost).unwrap().state;
    assert_eq!(chart.value(&state), json!({"r": "s", "q": {}}));
}

#[test]
fn a_history_that_is_initial_of_a_parallel_state_harms_only_who_targets_it() {
    let definition = json!({"id": "m", "initial": "a", "states": {"a": {"on": {"E": "p", "H": "p.h"}},
        "p": {"type": "parallel", "initial": "h", "states": {"h": {"type": "history"}, "r": {}}}}});
    let chart = compile(&definition).unwrap();
    let state = chart.start(None, &NoHost).unwrap().state;
    let next = chart.send(state.clone(), event("E"), &NoHost).unwrap();
    assert_eq!(chart.value(&next.state), json!({"p": {"r": {}}}));
    assert!(matches!(chart.send(state, event("H"), &NoHost), Err(Error::Endless { .. })));
}

/// A snapshot of an older machine may remember what no run of this one would: a state on the way back to the history.
#[test]
fn a_history_that_remembers_a_way_back_to_itself_ends_with_an_error() {
    let inner = json!({"initial": "g", "states": {"g": {"type": "history", "target": "#m.p.h"}, "z": {}}});
    let definition = json!({"id": "m", "initial": "a", "states": {"a": {"on": {"E": "p.h"}},
        "p": {"initial": "x", "states": {"h": {"type": "history", "history": "deep", "target": "x"},
            "x": {"initial": "z", "states": {"y": inner, "z": {}}}}}}});
    let chart = compile(&definition).unwrap();
    let snapshot = json!({"status": "active", "value": "a", "context": {}, "children": {},
        "historyValue": {"m.p.h": [{"id": "m.p.x.y"}]}});
    let error = chart.resume(snapshot, event("E"), &NoHost).unwrap_err();
    assert!(matches!(error, Error::Endless { what: "states entered inside each other", .. }), "{error}");
}

/// Each history leads to the next; XState's stack ends after some thousand of them.
fn chain(length: usize) -> Value {
    let mut states = Map::from_iter([("a".to_owned(), json!({"on": {"E": "#h0"}})), ("end".to_owned(), json!({}))]);
    for at in 0..length {
        let next = if at + 1 == length { "#m.end".to_owned() } else { format!("#h{}", at + 1) };
        states.insert(format!("h{at}"), json!({"id": format!("h{at}"), "type": "history", "target": next}));
    }
    json!({"id": "m", "initial": "a", "states": states})
}

#[test]
fn a_chain_of_histories_is_followed_to_its_end_or_refused() {
    for (length, ends) in [(100, true), (30_000, false)] {
        let chart = compile(&chain(length)).unwrap();
        let state = chart.start(None, &NoHost).unwrap().state;
        match chart.send(state, event("E"), &NoHost) {
            Ok(next) => assert!(ends && chart.value(&next.state) == "end", "{length}"),
            Err(error) => assert!(!ends && matches!(error, Error::Endless { .. }), "{length}: {error}"),
        }
    }
}

/// Each pair of histories leads to the next pair twice: followed one by one they would take longer than anybody lives.
#[test]
fn histories_that_lead_to_the_same_are_followed_once() {
    let pair = |at: usize| {
        let target =
            if at == 40 { json!(["#x0", "#y0"]) } else { json!([format!("#l{}", at + 1), format!("#r{}", at + 1)]) };
        (at, target)
    };
    let region = |side: &str, leaf: &str| {
        let mut states = Map::from_iter([("s".to_owned(), json!({"id": leaf}))]);
        for (at, target) in (0..=40).map(pair) {
            states.insert(format!("h{at}"), json!({"id": format!("{side}{at}"), "type": "history", "target": target}));
        }
        json!({"initial": "s", "states": states})
    };
    let definition = json!({"id": "m", "type": "parallel", "on": {"E": ["#l0"]},
        "states": {"l": region("l", "x0"), "r": region("r", "y0")}});
    let chart = compile(&definition).unwrap();
    let state = chart.start(None, &NoHost).unwrap().state;
    let next = chart.send(state, event("E"), &NoHost).unwrap();
    assert_eq!(chart.value(&next.state), json!({"l": "s", "r": "s"}));
}

/// A tree of states with histories in it; what each history's target, each initial and each transition is, by number.
#[derive(Clone, Debug)]
enum Shape {
    Leaf,
    History(bool, Option<usize>),
    Compound(Vec<Shape>, usize),
    Parallel(Vec<Shape>),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        1 => Just(Shape::Leaf),
        2 => (any::<bool>(), any::<Option<usize>>()).prop_map(|(deep, target)| Shape::History(deep, target)),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), any::<usize>())
                .prop_map(|(inner, first)| Shape::Compound(inner, first)),
            prop::collection::vec(inner, 1..4).prop_map(Shape::Parallel),
        ]
    })
}

fn state(shape: &Shape, count: &mut usize, all: usize) -> Value {
    let id = format!("s{count}");
    *count += 1;
    let mut inner = |states: &[Shape]| -> Map<String, Value> {
        states.iter().map(|shape| (format!("k{count}"), state(shape, count, all))).collect()
    };
    match shape {
        Shape::Leaf => json!({"id": id}),
        Shape::History(deep, None) => {
            json!({"id": id, "type": "history", "history": if *deep { "deep" } else { "shallow" }})
        }
        Shape::History(deep, Some(target)) => {
            let mut history = state(&Shape::History(*deep, None), &mut 0, all);
            (history["id"], history["target"]) = (json!(id), json!(format!("#s{}", target % all)));
            history
        }
        Shape::Compound(states, first) => {
            let states = inner(states);
            let first = states.keys().nth(first % states.len()).cloned();
            json!({"id": id, "initial": first, "states": states})
        }
        Shape::Parallel(states) => json!({"id": id, "type": "parallel", "states": inner(states)}),
    }
}

fn size(shape: &Shape) -> usize {
    match shape {
        Shape::Leaf | Shape::History(..) => 1,
        Shape::Compound(states, _) | Shape::Parallel(states) => 1 + states.iter().map(size).sum::<usize>(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_overflows_the_stack(
        shape in shapes(),
        targets in prop::collection::vec(any::<usize>(), 1..5),
        records in prop::collection::vec((any::<usize>(), any::<usize>()), 0..4),
    ) {
        let all = size(&shape) + 2;
        let mut definition = json!({"id": "m", "initial": "idle", "states": {"idle": {"id": format!("s{}", all - 2)}}});
        definition["states"]["top"] = state(&shape, &mut 0, all - 1);
        for (at, target) in targets.iter().enumerate() {
            definition["on"][format!("e{at}")] = json!({"target": format!("#s{}", target % (all - 1)), "reenter": target % 2 == 0});
        }
        let Ok(chart) = compile(&definition) else { return Ok(()) };
        let id = |at: usize| format!("s{}", at % (all - 1));
        let history: Map<_, _> = records.iter().map(|(from, to)| (id(*from), json!([{"id": id(*to)}]))).collect();
        let mut snapshot = json!({"status": "active", "value": "idle", "context": {}, "children": {}, "historyValue": history});
        for at in 0..targets.len() {
            match chart.resume(snapshot.clone(), event(&format!("e{at}")), &NoHost) {
                Ok(next) => snapshot = chart.snapshot(next.state, &NoHost).unwrap(),
                Err(Error::Illegal { .. } | Error::Endless { .. } | Error::SnapshotMismatch { .. }) => {}
                Err(other) => prop_assert!(false, "{other} in {definition}"),
            }
        }
    }
}
