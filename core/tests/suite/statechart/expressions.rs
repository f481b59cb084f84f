//! Charts of expressions alone: the same machine in every language (STATECHARTS §8).

use std::sync::Arc;

use arvo::statechart::{Chart, Error, Expressions, Implementations, Marks, NoHost, Options, Problem, Signal};
use arvo::{Data, Limits};
use serde_json::{Value, json};

fn options(limits: &Limits) -> Options {
    Options { language: Arc::new(Expressions::new(limits)), ..Options::default() }
}

fn try_compile(definition: &Value, guards: &Value, actions: &Value) -> Result<Chart, Vec<Problem>> {
    let given = |forms: &Value| forms.as_object().cloned().unwrap_or_default();
    let implementations =
        Implementations { guards: given(guards), actions: given(actions), ..Implementations::default() };
    Chart::compile_with(definition, &implementations, options(&Limits::DEFAULT))
}

fn compile(definition: Value) -> Chart {
    try_compile(&definition, &Value::Null, &Value::Null).unwrap()
}

/// What a run shows after `input` and `events`: its snapshot, and what the last step emitted.
fn run(chart: &Chart, input: Value, events: &[Value]) -> Result<(Value, Vec<Value>), Error> {
    let mut outcome = chart.start(Some(input.into()), &NoHost)?;
    for event in events {
        outcome = chart.send(outcome.state, Signal::from_json(event.clone())?, &NoHost)?;
    }
    let value = |data: &Data| match data {
        Data::Value(value) => Value::clone(value),
        other => panic!("{other:?} was not made by an expression"),
    };
    let emitted = outcome.emitted.iter().map(value).collect();
    Ok((chart.snapshot(outcome.state, &NoHost)?, emitted))
}

#[test]
fn the_examples_of_the_design_run_without_a_host() {
    let definition = json!({
        "id": "order",
        "context": {"$": "merge(input.data, {'errors': [], 'tries': 1})"},
        "initial": "paying",
        "states": {
            "paying": {"on": {
                "ASK": {"actions": {"emit": {"type": "com.order.pay",
                    "data": {"id": {"$": "context.order.id"}, "note": {"$": "context.?note"}}}}},
                "FAILED": {"actions": [
                    {"assign": {"tries": {"$": "context.tries + 1"}, "errors": {"$": "context.errors + [event.data]"}}},
                    {"type": "notify", "params": {"text": {"$": "'failed: ' + event.data.errorMessage"}}}]},
                "PAID": {"guard": {"$": "event.data.total > 100 && context.tries < 3"}, "target": "done"}}},
            "done": {"type": "final"}},
        "output": {"paid": {"$": "context.items.filter(i, i.paid).map(i, i.price).sum()"}, "ok": true}
    });
    let actions = json!({"notify": {"emit": {"type": "com.notify", "data": {"text": {"$": "params.text"}}}}});
    let chart = try_compile(&definition, &Value::Null, &actions).unwrap();
    let items = json!([{"paid": true, "price": 2.5}, {"paid": true, "price": 2}, {"paid": false, "price": 9}]);
    let input = json!({"data": {"order": {"id": "o1"}, "items": items}});
    let ask = json!({"type": "ASK"});
    let failed = json!({"type": "FAILED", "data": {"errorMessage": "x"}});
    let paid = json!({"type": "PAID", "data": {"total": 150}});

    let (_, emitted) = run(&chart, input.clone(), std::slice::from_ref(&ask)).unwrap();
    assert_eq!(emitted, [json!({"type": "com.order.pay", "data": {"id": "o1"}})], "no note: the key is left out");

    let (snapshot, emitted) = run(&chart, input.clone(), &[ask.clone(), failed.clone()]).unwrap();
    assert_eq!(snapshot["context"]["tries"], json!(2));
    assert_eq!(snapshot["context"]["errors"], json!([{"errorMessage": "x"}]));
    assert_eq!(emitted, [json!({"type": "com.notify", "data": {"text": "failed: x"}})]);

    let (snapshot, _) = run(&chart, input.clone(), &[failed.clone(), paid.clone()]).unwrap();
    assert_eq!((&snapshot["status"], &snapshot["output"]), (&json!("done"), &json!({"paid": 4.5, "ok": true})));

    let (snapshot, _) = run(&chart, input, &[failed.clone(), failed, paid]).unwrap();
    assert_eq!(snapshot["value"], "paying", "three tries are too many");
}

#[test]
fn an_expression_stands_wherever_a_value_may() {
    let chart = compile(json!({
        "id": "m", "context": {"n": 1, "seen": []}, "initial": "a",
        "states": {
            "a": {"on": {
                "RAISE": {"actions": {"raise": {"type": {"$": "'NEXT.' + event.to"}, "by": {"$": "context.n"}}}},
                "NEXT.b": {"actions": [{"log": {"$": "event.by"}},
                    {"assign": {"$": "{'n': context.n + event.by, 'seen': context.seen + [event.type]}"}}], "target": "b"},
                "FAIL": {"actions": {"fail": {"name": "TooMany", "message": {"$": "'at ' + string(context.n)"}}}},
                "IF": {"actions": {"if": [
                    {"guard": {"$": "event.x"}, "actions": {"emit": {"type": "yes"}}},
                    {"actions": {"emit": {"type": "no"}}}]}}}},
            "b": {"initial": "c", "states": {"c": {"type": "final", "output": {"$": "context.n * 10"}}},
                "onDone": {"target": "end", "actions": {"assign": {"out": {"$": "event.output"}}}}},
            "end": {"type": "final"}},
        "output": {"$": "context.out"}}));
    let (snapshot, _) = run(&chart, json!({}), &[json!({"type": "RAISE", "to": "b"})]).unwrap();
    assert_eq!(snapshot["context"], json!({"n": 2, "seen": ["NEXT.b"], "out": 20}));
    assert_eq!(snapshot["output"], json!(20));
    let emitted = |x: bool| run(&chart, json!({}), &[json!({"type": "IF", "x": x})]).unwrap().1;
    assert_eq!((emitted(true), emitted(false)), (vec![json!({"type": "yes"})], vec![json!({"type": "no"})]));
    match run(&chart, json!({}), &[json!({"type": "FAIL"})]) {
        Err(Error::Failed { name, message }) => assert_eq!((&*name, &*message), ("TooMany", "at 1")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn quoted_json_is_taken_as_it_is_and_an_empty_optional_drops_its_key() {
    let chart = compile(json!({
        "id": "m", "context": {"price": {"$quote": {"$": 5}}, "left": "here"},
        "on": {"E": {"actions": [
            {"assign": {"left": {"$": "event.?left"}}},
            {"emit": {"type": "o", "data": {"$quote": {"$": "no expression"}}, "list": [1, {"$": "event.?left"}]}}]}}}));
    let (snapshot, emitted) = run(&chart, json!({}), &[json!({"type": "E"})]).unwrap();
    assert_eq!(snapshot["context"], json!({"price": {"$": 5}}));
    assert_eq!(emitted, [json!({"type": "o", "data": {"$": "no expression"}, "list": [1]})]);
}

#[test]
fn params_that_were_not_given_are_null() {
    let guards = json!({"big": {"$": "event.n > params.?least.orValue(10)"}});
    let actions = json!({"note": {"assign": {"note": {"$": "params.?note.orValue('none')"}}}});
    let definition = json!({"id": "m", "on": {
        "A": {"guard": "big", "actions": "note"},
        "B": {"guard": {"type": "big", "params": {"least": {"$": "event.n - 1"}}},
              "actions": {"type": "note", "params": {"note": "given"}}}}});
    let chart = try_compile(&definition, &guards, &actions).unwrap();
    let note = |event: Value| run(&chart, json!({}), &[event]).unwrap().0["context"]["note"].clone();
    assert_eq!(note(json!({"type": "A", "n": 11})), "none");
    assert_eq!(note(json!({"type": "A", "n": 10})), Value::Null);
    assert_eq!(note(json!({"type": "B", "n": 3})), "given");
}

#[test]
fn every_bad_expression_is_a_problem_with_its_path_line_and_column() {
    let definition = json!({"id": "m", "context": {"x": {"$": "context.a"}}, "initial": "a", "states": {"a": {
        "entry": [{"emit": {"type": "o", "data": {"a": {"$": "context."}, "b": [{"$": "1 +\n  * 2"}]}}}],
        "on": {"E": {"guard": {"$": "contxt.n > 1"}}}}}});
    let problems = try_compile(&definition, &Value::Null, &Value::Null).unwrap_err();
    let found: Vec<(&str, &str, &str)> = problems
        .iter()
        .map(|problem| (problem.code.text(), &*problem.path, problem.message.lines().next().unwrap_or_default()))
        .collect();
    let wanted = [
        (
            "E-EXPR",
            "states.a.entry[0].emit.data.a",
            "expression, line 1 column 9: a key is missing here; the text ends too early",
        ),
        (
            "E-EXPR",
            "states.a.entry[0].emit.data.b[0]",
            "expression, line 2 column 3: a value was expected here; put a name, number, text, list, map or ( ) here",
        ),
        (
            "E-EXPR",
            "states.a.on.E.guard",
            "expression, line 1 column 1: \"contxt\" is not known here; known are context, event; did you mean context?",
        ),
        ("E-EXPR", "context.x", "expression, line 1 column 1: \"context\" is not known here; known are input"),
    ];
    for row in wanted {
        assert!(found.contains(&row), "{row:?} is not in {found:#?}");
    }
    assert_eq!(found.len(), wanted.len());
    assert!(problems.iter().any(|problem| problem.message.ends_with("\n    * 2\n    ^")), "the line and a caret");
}

#[test]
fn a_name_outside_its_scope_refuses_the_chart() {
    let guard = |text: &str| json!({"id": "m", "on": {"E": {"guard": {"$": text}}}});
    let action = |text: &str| json!({"id": "m", "on": {"E": {"actions": {"assign": {"x": {"$": text}}}}}});
    let context = |text: &str| json!({"id": "m", "context": {"$": text}});
    let output =
        |text: &str| json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"$": text}});
    for definition in [
        guard("params.x"),
        guard("input.x"),
        action("params.x"),
        action("input.x"),
        context("context.x"),
        context("event.x"),
        context("params.x"),
        output("params.x"),
        output("input.x"),
    ] {
        let problems = try_compile(&definition, &Value::Null, &Value::Null).unwrap_err();
        assert_eq!(problems[0].code.text(), "E-EXPR", "{definition}");
    }
    let none = Value::Null;
    let plain = json!({"id": "m"});
    assert!(try_compile(&plain, &json!({"g": {"$": "params.x"}}), &none).is_ok());
    let combined = json!({"g": {"and": [{"$": "params.x"}]}});
    assert!(try_compile(&plain, &combined, &none).is_err(), "a combined guard is not handed the params");
    let branch = json!({"a": {"if": [{"guard": {"$": "params.x"}, "actions": []}]}});
    assert!(try_compile(&plain, &none, &branch).is_ok(), "an action's branches are");
}

#[test]
fn a_guard_that_is_no_boolean_fails_at_its_place() {
    let chart = compile(json!({"id": "m", "on": {"E": {"guard": {"$": "event.v"}, "actions": []}}}));
    let error = run(&chart, json!({}), &[json!({"type": "E", "v": 1})]).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "expression, line 1 column 1: true or false is needed here, and this is a number\n  event.v\n  ^^^^^^^"
        ),
        "{error}"
    );
    let beside = json!({"id": "m", "on": {"E": {"guard": {"$": "event.v", "x": 1}}}});
    assert_eq!(try_compile(&beside, &Value::Null, &Value::Null).unwrap_err()[0].code.text(), "E-FORM");
}

#[test]
fn what_goes_wrong_at_run_time_says_where_in_the_template() {
    let chart = compile(
        json!({"id": "m", "on": {"E": {"actions": {"emit": {"type": "o", "data": {"n": [{"$": "1 + event.n"}]}}}}}}),
    );
    let error = run(&chart, json!({}), &[json!({"type": "E"})]).unwrap_err();
    let Error::Expression { source_text, failure } = &error else { panic!("{error}") };
    assert_eq!(source_text, r#"{"type":"o","data":{"n":[{"$":"1 + event.n"}]}}"#);
    assert_eq!(failure.name, "ExpressionFailed");
    assert!(
        failure.message.starts_with("at .data.n[0]: expression, line 1 column 11: there is no such key;"),
        "{failure}"
    );
}

#[test]
fn an_expression_keeps_within_the_limits_of_its_chart() {
    let definition = json!({"id": "m", "on": {"E": {"actions": {"assign": {"x": {"$": "event.list.map(i, i + 1)"}}}}}});
    let limits = Limits { expression_steps: 50, ..Limits::DEFAULT };
    let chart = Chart::compile_with(&definition, &Implementations::default(), options(&limits)).unwrap();
    let list: Vec<u32> = (0..20).collect();
    let Err(Error::Expression { failure, .. }) = run(&chart, json!({}), &[json!({"type": "E", "list": list})]) else {
        panic!("20 items take more than 50 steps")
    };
    assert_eq!(failure.name, "ExpressionBudget");
    assert!(run(&chart, json!({}), &[json!({"type": "E", "list": [1, 2]})]).is_ok());
}

#[test]
fn pictures_show_expressions_and_the_type_of_an_event_made_by_a_template() {
    let chart = compile(json!({"id": "m", "initial": "a", "states": {"a": {"on": {"E": {
        "guard": {"$": "context.n == 3"}, "target": "b",
        "actions": [{"emit": {"type": "com.pay", "data": {"$": "event"}}}, {"assign": {"$": "event"}}]}}},
        "b": {"type": "final"}}}));
    let picture = chart.to_mermaid(Marks::default());
    assert!(picture.contains("E [context.n == 3] / emit com.pay, assign"), "{picture}");
}
