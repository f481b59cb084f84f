//! Corners in which XState, run on the same definition, does what is expected here.

use arvo::statechart::{Chart, Implementations, NoHost, Signal};
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
