//! What holds for every chart and every event.

use arvo::statechart::{Bounds, Chart, Error, Implementations, Marks, NoHost, Options, Outcome, Signal};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A tree of states: what each is, and its children.
#[derive(Clone, Debug)]
enum Shape {
    Leaf(bool),
    Compound(Vec<Shape>, Option<bool>),
    Parallel(Vec<Shape>),
}

/// Source, event or none, target, reenter, what it does.
type Wire = (usize, u8, usize, bool, u8);

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = any::<u8>().prop_map(|kind| Shape::Leaf(kind % 5 == 0));
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => (prop::collection::vec(inner.clone(), 1..4), any::<Option<bool>>()).prop_map(|(states, history)| Shape::Compound(states, history)),
            2 => prop::collection::vec(inner, 1..4).prop_map(Shape::Parallel),
        ]
    });
    prop_oneof![
        prop::collection::vec(tree.clone(), 1..4).prop_map(|states| Shape::Compound(states, None)),
        prop::collection::vec(tree, 1..4).prop_map(Shape::Parallel)
    ]
}

fn definition(shape: &Shape, wires: &[Wire]) -> Value {
    let mut count = 0;
    let mut root = state(shape, &mut count);
    root["id"] = json!("s0");
    for (source, on, target, reenter, does) in wires {
        let actions = match does % 5 {
            0 => json!([]),
            1 => json!([{"raise": {"type": "b"}}]),
            2 => json!([{"emit": {"type": "out"}}]),
            3 => json!([{"assign": {"n": does}}]),
            _ => json!([{"if": [{"guard": {"stateIn": "#s1"}, "actions": {"raise": {"type": "c"}}}]}]),
        };
        let mut transition = json!({"target": format!("#s{}", target % count), "reenter": reenter, "actions": actions});
        if does % 7 == 0 {
            transition.as_object_mut().unwrap().remove("target");
        }
        let place = find(&mut root, &format!("s{}", source % count)).unwrap();
        if on % 6 == 5 {
            transition["guard"] = json!({"stateIn": format!("#s{}", usize::from(*on) % count)});
            place["always"] = transition;
        } else {
            place["on"][["a", "b", "c", "*", "a.*"][usize::from(on % 6)]] = transition;
        }
    }
    root
}

fn state(shape: &Shape, count: &mut usize) -> Value {
    let id = format!("s{count}");
    *count += 1;
    let mut made = match shape {
        Shape::Leaf(false) => json!({}),
        Shape::Leaf(true) => json!({"type": "final"}),
        Shape::Compound(states, history) => {
            let mut inner = Map::new();
            for shape in states {
                let key = format!("k{count}");
                inner.insert(key, state(shape, count));
            }
            let first = inner.keys().next().cloned();
            if let Some(deep) = history {
                let id = format!("s{count}");
                *count += 1;
                inner.insert(
                    "h".to_owned(),
                    json!({"id": id, "type": "history", "history": if *deep { "deep" } else { "shallow" }}),
                );
            }
            json!({"initial": first, "states": inner})
        }
        Shape::Parallel(states) => {
            let inner: Map<_, _> = states.iter().map(|shape| (format!("k{count}"), state(shape, count))).collect();
            json!({"type": "parallel", "states": inner})
        }
    };
    made["id"] = json!(id);
    if made["type"] != "final" {
        made["on"] = json!({});
    }
    made
}

fn find<'a>(state: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    if state["id"] == id {
        return Some(state);
    }
    state.get_mut("states")?.as_object_mut()?.values_mut().find_map(|inner| find(inner, id))
}

/// Whether a value names one child of each compound state and all of each parallel one, down to the leaves.
fn fits(state: &Value, value: &Value) -> bool {
    let Some(states) = state["states"].as_object() else { return *value == json!({}) };
    let is_leaf = |key: &str| states[key].get("states").is_none();
    match (state["type"] == "parallel", value) {
        (true, Value::Object(map)) => {
            let regions = states.iter().filter(|(_, state)| state["type"] != "history");
            map.len() == regions.clone().count()
                && regions.into_iter().all(|(key, state)| map.get(key).is_some_and(|value| fits(state, value)))
        }
        (false, Value::String(key)) => states.contains_key(key) && is_leaf(key) && states[key]["type"] != "history",
        (false, Value::Object(map)) => {
            map.len() == 1
                && map
                    .iter()
                    .all(|(key, value)| states.get(key).is_some_and(|state| !is_leaf(key) && fits(state, value)))
        }
        _ => false,
    }
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        other => other.clone(),
    }
}

fn shown(chart: &Chart, outcome: Result<Outcome, Error>) -> Result<(Value, usize), String> {
    let outcome = outcome.map_err(|error| error.to_string())?;
    let emitted = outcome.emitted.len();
    Ok((chart.snapshot(outcome.state, &NoHost).unwrap(), emitted))
}

const EVENTS: [&str; 4] = ["a", "b", "c", "a.x"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, max_global_rejects: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn every_step_ends_in_a_legal_configuration_that_a_snapshot_keeps(
        shape in shapes(),
        wires in prop::collection::vec(any::<Wire>(), 0..12),
        events in prop::collection::vec(0..4usize, 1..8),
    ) {
        let definition = definition(&shape, &wires);
        let options = Options { bounds: Bounds { microsteps: 200, queued: 200, ..Bounds::default() }, ..Options::default() };
        // A final state that got a transition with a history inside, or the like, is refused; the rest must run.
        let Ok(chart) = Chart::compile_with(&definition, &Implementations::default(), options) else { return Err(TestCaseError::reject("refused")) };
        let mut outcome = chart.start(None, &NoHost);
        for event in events {
            match &outcome {
                Err(Error::Endless { .. } | Error::Illegal { .. }) => return Ok(()),
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
                Ok(good) => {
                    prop_assert!(fits(&definition, &chart.value(&good.state)), "{} in {}", chart.value(&good.state), definition);
                    chart.to_mermaid(Marks { state: Some(&good.state), trace: &good.taken });
                }
            }
            let state = outcome.unwrap().state;
            let snapshot = chart.snapshot(state.clone(), &NoHost).unwrap();
            let signal = || Signal::from_json(json!({"type": EVENTS[event]})).unwrap();
            let restored = chart.restore(snapshot.clone(), &NoHost).unwrap();
            prop_assert_eq!(&chart.snapshot(restored, &NoHost).unwrap(), &snapshot);
            let text: Value = serde_json::from_str(&arvo::json::write(&snapshot, 0)).unwrap();
            let future = shown(&chart, chart.resume(snapshot.clone(), signal(), &NoHost));
            prop_assert_eq!(&shown(&chart, chart.resume(text, signal(), &NoHost)), &future, "the same again");
            if snapshot["status"] == "active" {
                prop_assert_eq!(&shown(&chart, chart.resume(reversed(&snapshot), signal(), &NoHost)), &future, "whatever the order of keys");
            } else {
                prop_assert_eq!(future.as_ref().map(|(after, _)| after.to_string()), Ok(snapshot.to_string()), "a finished run stays as it is");
            }
            outcome = chart.resume(snapshot, signal(), &NoHost);
        }
    }

    #[test]
    fn compiling_never_panics(definition in any_json(), guards in any_json(), actions in any_json()) {
        let map = |json: Value| json.as_object().cloned().unwrap_or_default();
        let given = Implementations { guards: map(guards), actions: map(actions), appending: Vec::new() };
        if let Ok(chart) = Chart::compile(&definition, &given) {
            chart.to_mermaid(Marks::default());
            chart.to_dot(Marks::default());
            drop(chart.start(None, &NoHost));
        }
    }

    #[test]
    fn restoring_never_panics(snapshot in any_json(), value in any_json()) {
        let definition = json!({"initial": "a", "states": {"a": {"type": "parallel", "states": {"x": {}, "b": {"initial": "a", "states": {"a": {}, "h": {"type": "history"}}}}}, "b": {}}});
        let chart = Chart::compile(&definition, &Implementations::default()).unwrap();
        for snapshot in [snapshot, json!({"status": "active", "value": value, "context": {}, "historyValue": value})] {
            if let Ok(state) = chart.restore(snapshot, &NoHost) {
                prop_assert!(fits(&definition, &chart.value(&state)));
            }
        }
    }
}

/// JSON made of the words of definitions, so that it often is nearly one.
fn any_json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 40] = [
        "id", "type", "initial", "states", "entry", "exit", "on", "always", "onDone", "output", "history", "target",
        "guard", "actions", "reenter", "a", "b", "x", "h", "*", "a.*", "", "#a", ".a", "a.b", "parallel", "final",
        "compound", "deep", "assign", "emit", "raise", "if", "and", "not", "stateIn", "$fn", "$", "params", "invoke",
    ];
    let word = prop::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    let key = prop_oneof![9 => word.prop_map(str::to_owned), 1 => ".{0,3}"];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::vec((key.clone(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
