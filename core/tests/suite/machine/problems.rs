//! Sixty broken machines and more: each problem has its code and place, and says what is wrong and what to do.

use arvo::{Machine, MachineSpec};
use serde_json::{Value, json};

use super::support::{flow, pay, problems, spec};

/// One state `a`, with this in it.
fn in_a(state: Value) -> Value {
    json!({"id": "m", "initial": "a", "states": {"a": state, "b": {"type": "final"}}, "output": {"paid": true}})
}

/// A machine that waits for the payment, with this on the way.
fn on_paid(transition: Value) -> Value {
    in_a(json!({"on": {"evt.order.pay.success": transition}}))
}

/// Definition, the problem that must be among those found, words that its text must hold.
fn definitions() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        // Names and targets.
        (on_paid(json!("c")), "E-TARGET states.a.on.evt.order.pay.success", "Child state 'c' does not exist"),
        (on_paid(json!(".b")), "E-TARGET states.a.on.evt.order.pay.success", "does not exist on 'm.a'"),
        (on_paid(json!("#m.x")), "E-TARGET states.a.on.evt.order.pay.success", "'x' does not exist"),
        (on_paid(json!("#other")), "E-TARGET states.a.on.evt.order.pay.success", "#other"),
        (
            on_paid(json!({"target": ["b", "a"]})),
            "E-TARGET states.a.on.evt.order.pay.success.target",
            "in different regions",
        ),
        (on_paid(json!({"target": 5})), "E-FORM states.a.on.evt.order.pay.success.target", "text"),
        (on_paid(json!(true)), "E-FORM states.a.on.evt.order.pay.success", "a boolean"),
        (
            on_paid(json!({"target": "b", "guard": "bg"})),
            "E-UNKNOWN-GUARD states.a.on.evt.order.pay.success.guard",
            "'big'",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"not": "nobody"}})),
            "E-UNKNOWN-GUARD states.a.on.evt.order.pay.success.guard.not",
            "not implemented",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"and": "big"}})),
            "E-FORM states.a.on.evt.order.pay.success.guard.and",
            "a list",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"stateIn": "#m.x"}})),
            "E-TARGET states.a.on.evt.order.pay.success.guard.stateIn",
            "'x'",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"stateIn": 1}})),
            "E-FORM states.a.on.evt.order.pay.success.guard.stateIn",
            "text or an object",
        ),
        (on_paid(json!({"target": "b", "guard": {}})), "E-FORM states.a.on.evt.order.pay.success.guard", "one of type"),
        (on_paid(json!({"target": "b", "guard": 1})), "E-FORM states.a.on.evt.order.pay.success.guard", "a number"),
        (
            on_paid(json!({"target": "b", "actions": "nota"})),
            "E-UNKNOWN-ACTION states.a.on.evt.order.pay.success.actions",
            "'note'",
        ),
        (
            on_paid(json!({"target": "b", "actions": [{}]})),
            "E-FORM states.a.on.evt.order.pay.success.actions[0]",
            "an action object needs",
        ),
        (
            on_paid(json!({"target": "b", "actions": [5]})),
            "E-FORM states.a.on.evt.order.pay.success.actions[0]",
            "a number",
        ),
        (
            on_paid(json!({"target": "b", "actions": {"type": 5}})),
            "E-FORM states.a.on.evt.order.pay.success.actions",
            "text",
        ),
        (
            on_paid(json!({"target": "b", "cond": "big"})),
            "E-UNSUPPORTED states.a.on.evt.order.pay.success.cond",
            "guard",
        ),
        (in_a(json!({"entry": "missing"})), "E-UNKNOWN-ACTION states.a.entry", "'missing' is not implemented"),
        (in_a(json!({"exit": ["note", "missing"]})), "E-UNKNOWN-ACTION states.a.exit[1]", "not implemented"),
        (in_a(json!({"always": "nowhere"})), "E-TARGET states.a.always", "'nowhere'"),
        (in_a(json!({"on": {"": "b"}})), "E-UNSUPPORTED states.a.on.", "always"),
        (in_a(json!({"on": []})), "E-FORM states.a.on", "an object"),
        // States.
        (json!({"id": "m", "states": {"a": {}}}), "E-INITIAL initial", "No initial state specified"),
        (json!({"id": "m", "initial": "x", "states": {"a": {}}}), "E-INITIAL initial", "\"x\" not found"),
        (json!({"id": "m", "initial": 1, "states": {"a": {}}}), "E-FORM initial", "a number"),
        (json!({"id": "m", "initial": {"target": 1}, "states": {"a": {}}}), "E-FORM initial", "text"),
        (json!({"id": "m", "initial": "a", "states": {"a": {"id": "x"}, "b": {"id": "x"}}}), "E-ID states.b.id", "x"),
        (json!({"id": "m", "initial": "a", "states": {"a": {"type": "finale"}}}), "E-TYPE states.a.type", "finale"),
        (
            json!({"id": "m", "initial": "a", "states": {"a": {"type": "final", "states": {"b": {}}}}}),
            "E-TYPE states.a.type",
            "states",
        ),
        (json!({"id": "m", "initial": "a", "states": {"a": {"type": "compound"}}}), "E-TYPE states.a.type", "compound"),
        (json!({"id": "m", "initial": "a", "states": {"a": 5}}), "E-FORM states.a", "a number"),
        (json!({"id": "m", "initial": "a", "states": []}), "E-FORM states", "an object"),
        (
            json!({"id": "m", "initial": "h", "states": {"a": {}, "h": {"type": "history"}}}),
            "E-INITIAL states.h",
            "defaults to itself",
        ),
        (
            json!({"id": "m", "initial": "a", "states": {"a": {}, "h": {"type": "history", "target": "x"}}}),
            "E-TARGET states.h.target",
            "'x'",
        ),
        (
            json!({"id": "m", "initial": "a", "states": {"a": {}, "h": {"history": "wide"}}}),
            "E-FORM states.h.history",
            "deep",
        ),
        (in_a(json!({"tags": [1]})), "E-FORM states.a.tags", "text"),
        (json!([]), "E-FORM ", "an object"),
        // What machines have not.
        (in_a(json!({"invoke": {"src": "x"}})), "E-UNSUPPORTED states.a.invoke", "Location: a > invoke > src"),
        (in_a(json!({"invoke": []})), "E-UNSUPPORTED states.a.invoke", "To fix:"),
        (in_a(json!({"after": {"10": "b"}})), "E-UNSUPPORTED states.a.after", "delayed transitions"),
        (json!({"id": "m", "after": {}, "initial": "a", "states": {"a": {}}}), "E-UNSUPPORTED after", "To fix:"),
        (in_a(json!({"entry": {"sendTo": "x"}})), "E-UNSUPPORTED states.a.entry", "emit an event"),
        (in_a(json!({"entry": {"spawnChild": "x"}})), "E-UNSUPPORTED states.a.entry", "spawnChild"),
        (in_a(json!({"entry": {"cancel": "x"}})), "E-UNSUPPORTED states.a.entry", "cancel"),
        (in_a(json!({"entry": {"raise": {"type": "x"}, "delay": 5}})), "E-UNSUPPORTED states.a.entry", "raise at once"),
        (
            in_a(json!({"on": {"enqueueArvoEvent": "b"}})),
            "E-RESERVED states.a.on.enqueueArvoEvent",
            "Reserved action name",
        ),
        (
            json!({"id": "m", "version": "9.9.9", "initial": "a", "states": {"a": {}}}),
            "E-VERSION version",
            "must be '1.0.0'",
        ),
        (json!({"id": "m", "version": 1, "initial": "a", "states": {"a": {}}}), "E-VERSION version", "received '1'"),
        // Forms of actions.
        (in_a(json!({"entry": {"assign": []}})), "E-FORM states.a.entry.assign", "an object"),
        (in_a(json!({"entry": {"enqueueActions": "x"}})), "E-FORM states.a.entry", "a function"),
        (in_a(json!({"entry": {"if": {}}})), "E-FORM states.a.entry.if", "a list"),
        (in_a(json!({"entry": {"if": [5]}})), "E-FORM states.a.entry.if[0]", "{guard?, actions}"),
        (
            in_a(json!({"entry": {"if": [{"guard": "nobody", "actions": []}]}})),
            "E-UNKNOWN-GUARD states.a.entry.if[0].guard",
            "not implemented",
        ),
        (json!({"id": "m", "context": 5, "initial": "a", "states": {"a": {}}}), "E-FORM context", "an object"),
        // Expressions.
        (
            on_paid(json!({"target": "b", "guard": {"$": "event.data. > 1"}})),
            "E-EXPR states.a.on.evt.order.pay.success.guard",
            "column",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"$": "input.x"}})),
            "E-EXPR states.a.on.evt.order.pay.success.guard",
            "input",
        ),
        (
            on_paid(json!({"target": "b", "guard": {"$": "nothing() == 1"}})),
            "E-EXPR states.a.on.evt.order.pay.success.guard",
            "nothing",
        ),
        (
            in_a(json!({"entry": {"emit": {"type": "com.order.pay", "data": {"total": {"$": "context.total +"}}}}})),
            "E-EXPR states.a.entry.emit.data.total",
            "column",
        ),
        (in_a(json!({"entry": {"assign": {"x": {"$": "contxt.y"}}}})), "E-EXPR states.a.entry.assign.x", "contxt"),
        (
            json!({"id": "m", "context": {"$": "event.data"}, "initial": "a", "states": {"a": {}}}),
            "E-EXPR context",
            "event",
        ),
        // Against the contracts.
        (
            in_a(json!({"entry": {"emit": {"type": "com.order.pay", "data": {"total": "much"}}}})),
            "E-EMIT states.a",
            "com.order.pay",
        ),
        (
            in_a(json!({"entry": {"type": "enqueueArvoEvent", "params": {"type": "com.order.pay", "data": {}}}})),
            "E-EMIT states.a",
            "total",
        ),
        (
            in_a(json!({"entry": {"emit": {"type": "com.order.pey", "data": {"$": "context"}}}})),
            "W-EMIT states.a",
            "Did you mean 'com.order.pay'?",
        ),
        (
            in_a(json!({"on": {"evt.order.pay.succes": "b"}})),
            "W-NEVER states.a.on.evt.order.pay.succes",
            "Did you mean 'evt.order.pay.success'?",
        ),
        (
            in_a(
                json!({"entry": {"emit": {"type": "com.order.pay", "data": {"total": 1}}}, "on": {"evt.order.pay.success": "b"}}),
            ),
            "W-UNHANDLED states.a",
            "sys.com.order.pay.error",
        ),
        (
            json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"paid": 1}}),
            "W-OUTPUT output",
            "breaks",
        ),
        (json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}}), "W-OUTPUT output", "output"),
        // What runs, but likely not as meant.
        (
            json!({"id": "m", "initial": "a", "states": {"a": {"always": "b"}, "b": {"always": "a"}}}),
            "W-LOOP states.a",
            "for ever",
        ),
        (in_a(json!({"entri": []})), "W-KEY states.a.entri", "'entry'"),
    ]
}

fn with_names(definition: Value) -> MachineSpec {
    spec(definition).guard("big", json!({"$fn": 0})).action("note", json!({"$fn": 1}))
}

#[test]
fn every_broken_machine_is_told_what_where_and_why() {
    let rows = definitions();
    assert!(rows.len() >= 60);
    let mut wrong = Vec::new();
    for (definition, wanted, words) in rows {
        let found = problems(with_names(definition.clone()));
        let is_it = |problem: &&arvo::MachineProblem| format!("{} {}", problem.code, problem.path) == wanted;
        match found.iter().find(is_it) {
            None => wrong.push(format!("{definition}\n  wanted {wanted}\n  found {found:?}")),
            Some(problem) if !problem.message.contains(words) => {
                wrong.push(format!("{definition}\n  {wanted} says {:?}, not {words:?}", problem.message));
            }
            Some(problem) => assert_eq!(problem.refuses, wanted.starts_with('E'), "{definition}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_problems_are_told_at_once() {
    let definition =
        json!({"id": "m", "version": "3.0.0", "initial": "x", "states": {"a": {"entry": "nobody", "on": {"E": "y"}}}});
    let spec = spec(definition).service("again", &pay());
    let found = problems(spec);
    let codes: Vec<&str> = found.iter().filter(|problem| problem.refuses).map(|problem| problem.code).collect();
    assert_eq!(codes, ["E-SERVICE", "E-VERSION", "E-INITIAL", "E-UNKNOWN-ACTION", "E-TARGET"]);
}

#[test]
fn the_setup_is_checked_too() {
    let plain = || json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"paid": true}});
    let codes = |spec: MachineSpec| -> Vec<String> {
        problems(spec).iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
    };
    let version = flow().version("1.0.0").unwrap();
    let with_setup = |key: &str, part: Value| {
        let mut spec = MachineSpec::new(&version, plain());
        spec.setup.insert(key.to_owned(), part);
        spec
    };
    assert_eq!(codes(with_setup("actors", json!({}))), ["E-UNSUPPORTED actors"]);
    assert_eq!(codes(with_setup("delays", json!({}))), ["E-UNSUPPORTED delays"]);
    assert_eq!(codes(with_setup("guards", json!([]))), ["E-FORM guards"]);
    assert_eq!(
        codes(with_setup("actions", json!({"enqueueArvoEvent": {"assign": {}}}))),
        ["E-RESERVED actions.enqueueArvoEvent"]
    );
    assert_eq!(codes(with_setup("guards", json!({"g": {"not": "g"}}))), ["E-UNKNOWN-GUARD guards.g"]);
    assert_eq!(codes(MachineSpec::new(&pay(), plain())), ["E-SERVICE "]);
    let own = MachineSpec::new(&version, plain()).service("me", &flow().latest());
    assert_eq!(codes(own), ["E-SERVICE services"]);
}

#[test]
fn a_function_that_its_host_has_not_is_refused() {
    let definition =
        json!({"id": "m", "context": {"$fn": "first"}, "initial": "a", "states": {"a": {"entry": {"$fn": "nobody"}}}});
    let mut spec = spec(definition);
    spec.functions = Some(vec!["first".to_owned()]);
    let found = problems(spec);
    let unknown: Vec<&str> =
        found.iter().filter(|problem| problem.code == "E-UNKNOWN-FUNCTION").map(|problem| &*problem.message).collect();
    assert_eq!(unknown.len(), 1);
    assert!(unknown[0].contains("'nobody'"));
}

#[test]
fn strict_refuses_warnings() {
    let definition = json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}});
    assert!(Machine::compile(spec(definition.clone())).is_ok());
    let refused = Machine::compile(spec(definition).strict()).unwrap_err();
    assert!(refused.to_string().contains("output"), "{refused}");
}

#[test]
fn a_machine_that_keeps_its_contracts_has_no_warnings() {
    let definition = json!({"id": "m", "context": {"total": 5}, "initial": "paying", "output": {"paid": {"$": "context.total > 0"}},
        "states": {
            "paying": {"entry": {"emit": {"type": "com.order.pay", "data": {"total": {"$": "context.total"}}}},
                       "on": {"evt.order.pay.success": "packing", "sys.com.order.pay.error": "done"}},
            "packing": {"entry": {"emit": {"type": "com.box.pack", "data": {}}}, "on": {"evt.box.*": "done", "sys.*": "done"}},
            "done": {"type": "final"}}});
    assert_eq!(problems(spec(definition)), []);
}

#[test]
fn a_portable_file_names_its_contracts() {
    let file = json!({"contract": {"uri": "#/flows/order", "version": "1.0.0"},
        "services": {"pay": {"uri": "#/services/pay", "version": "1.0.0"}, "gone": {"uri": "#/services/gone", "version": "1.0.0"},
                     "odd": {"uri": "#/services/pay", "version": "7.0.0"}, "text": "x"},
        "machine": {"id": "m", "initial": "a", "states": {"a": {"type": "final"}}}});
    let contracts = [flow(), pay().contract().clone()];
    let error = MachineSpec::from_json(file.clone(), &contracts).unwrap_err();
    for words in ["#/services/gone is not among those given", "7.0.0", "must be {uri, version}"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let mut good = file;
    good["services"] = json!({"pay": {"uri": "#/services/pay", "version": "1.0.0"}});
    assert_eq!(Machine::from_json(good.clone(), &contracts).unwrap().services().len(), 1);
    good["guard"] = json!({});
    assert!(MachineSpec::from_json(good, &contracts).unwrap_err().to_string().contains("unknown field `guard`"));
}
