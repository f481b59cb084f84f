//! Pictures and descriptions of a chart and of a run.

use arvo::statechart::{Chart, Implementations, Marks, NoHost, Signal};
use serde_json::json;

fn order() -> Chart {
    let definition = json!({"id": "order", "initial": "paying", "states": {
        "paying": {"tags": "busy", "meta": {"title": "Paying"}, "on": {
            "paid": [{"guard": {"stateIn": "paying"}, "target": "packing", "actions": {"emit": {"type": "com.pack"}}}],
            "fail.*": "failed"}},
        "packing": {"type": "parallel", "onDone": "sent", "states": {
            "box": {"initial": "open", "states": {"open": {"on": {"closed": "shut"}}, "shut": {"type": "final"}, "last": {"type": "history"}}},
            "label": {"initial": "blank", "states": {"blank": {"on": {"printed": "done"}}, "done": {"type": "final"}}}}},
        "sent": {"type": "final"},
        "failed": {"on": {"again": "packing.box.last"}}}});
    Chart::compile(&definition, &Implementations::default()).unwrap()
}

#[test]
fn mermaid_shows_states_transitions_and_marks() {
    let chart = order();
    let plain = chart.to_mermaid(Marks::default());
    for line in [
        "stateDiagram-v2",
        "state \"order\" as s_order {",
        "[*] --> s_order_paying",
        "s_order_paying --> s_order_packing : paid [in paying] / emit com.pack",
        "--",
        "state \"H\" as s_order_packing_box_last",
        "s_order_packing --> s_order_sent : done(order.packing)",
        "s_order_sent --> [*]",
    ] {
        assert!(plain.lines().any(|found| found.trim() == line), "{line} is missing in\n{plain}");
    }
    let first = chart.start(None, &NoHost).unwrap();
    let paid = Signal::from_json(json!({"type": "paid"})).unwrap();
    let second = chart.send(first.state, paid, &NoHost).unwrap();
    let marked = chart.to_mermaid(Marks { state: Some(&second.state), trace: &second.taken });
    assert!(marked.contains("class s_order,s_order_packing,s_order_packing_box,s_order_packing_box_open,"), "{marked}");
    assert!(marked.contains("1) paid [in paying]"), "{marked}");
    assert!(marked.contains("▸ closed"), "{marked}");
    let unmarked: String =
        marked.lines().filter(|line| !line.contains("active")).map(|line| format!("{line}\n")).collect();
    assert_eq!(unmarked.replace("1) ", "").replace("▸ ", ""), plain, "pictures differ only in their marks");
}

#[test]
fn dot_draws_one_edge_for_each_target() {
    let chart = order();
    let first = chart.start(None, &NoHost).unwrap();
    let dot = chart.to_dot(Marks { state: Some(&first.state), trace: &[] });
    assert!(dot.starts_with("digraph {") && dot.ends_with("}\n"));
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    assert!(dot.contains("s_order_paying -> s_order_packing [label=\"▸ paid [in paying] / emit com.pack\", lhead=cluster_s_order_packing];"), "{dot}");
    assert!(dot.contains("subgraph cluster_s_order_packing_box { label=\"box\"; style=\"rounded,dashed\";"), "{dot}");
    assert!(dot.contains("s_order_paying [label=\"paying\", fillcolor=\"#ffd75e\", penwidth=2];"), "{dot}");
}

#[test]
fn names_that_are_syntax_stay_text() {
    let definition =
        json!({"id": "a\"b", "initial": "end", "states": {"end": {"on": {"x:y;#\n\"": "a b"}}, "a b": {}, "a_b": {}}});
    let chart = Chart::compile(&definition, &Implementations::default()).unwrap();
    let mermaid = chart.to_mermaid(Marks::default());
    assert!(mermaid.contains("s_a_b_end --> s_a_b_a_b : x#58;y#59;#35; #34;"), "{mermaid}");
    assert!(mermaid.contains("as s_a_b_a_b__3"), "two ids that look alike stay apart: {mermaid}");
    assert!(chart.to_dot(Marks::default()).contains("label=\"a\\\"b\""));
}

#[test]
fn a_run_is_described() {
    let chart = order();
    let outcome = chart.start(None, &NoHost).unwrap();
    let found = chart.describe(&outcome.state, ["paid", "fail.bank", "closed"]);
    assert_eq!(found.value, "paying");
    assert_eq!(found.tags, ["busy"]);
    assert_eq!(found.meta["order.paying"]["title"], "Paying");
    assert_eq!(found.awaiting, ["paid", "fail.*"]);
    assert_eq!(found.can, ["paid", "fail.bank"]);
}

#[test]
fn events_handed_out_and_handled_are_told() {
    let chart = order();
    let given = chart.given_events();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].state, given[0].raised), ("order.paying", false));
    assert_eq!(given[0].type_name, Some("com.pack"));
    assert!(chart.handles("order.packing.box.open", "closed"));
    assert!(!chart.handles("order.packing.box.open", "paid"));
    assert!(chart.descriptors().any(|name| name == "fail.*"));
}
