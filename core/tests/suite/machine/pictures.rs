//! Machines as pictures, with the state of a record marked.

use arvo::Show;
use serde_json::json;

use super::support::machine;

#[test]
fn a_record_marks_where_it_stands() {
    let machine = machine(json!({"id": "order", "initial": "paying", "output": {"paid": true}, "states": {
        "paying": {"on": {"evt.order.pay.success": "done"}, "tags": ["busy"]}, "done": {"type": "final"}}}));
    let record = json!({"executionStatus": "normal", "state": {"status": "active", "value": "paying", "historyValue": {}, "context": {}, "children": {}}});
    let record = record.to_string();
    let show = Show { at: Some(&record), trace: &[0] };
    let mermaid = machine.mermaid(&show).unwrap();
    assert!(mermaid.contains("class s_order,s_order_paying active"), "{mermaid}");
    assert!(mermaid.contains("1) "), "the trace is numbered: {mermaid}");
    assert!(machine.dot(&show).unwrap().contains("fillcolor"));
    assert_ne!(machine.mermaid(&Show::default()).unwrap(), mermaid);
    let found = machine.describe(&record).unwrap();
    assert_eq!(found["value"], "paying");
    assert_eq!(found["tags"], json!(["busy"]));
    assert_eq!(found["can"], json!(["evt.order.pay.success"]));
    let other = record.replace("\"paying\"", "\"gone\"");
    assert!(machine.describe(&other).unwrap_err().to_string().contains("which is no state of 'order'"));
    assert!(machine.describe("no JSON").is_err());
}
