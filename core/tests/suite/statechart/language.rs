//! The seams: an expression language plugged in, and a host that holds the context itself.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::expression::View;
use arvo::statechart::{
    Args, BadExpression, Chart, ChartHost, Check, ContextView, Error, Expression, ExpressionFailure, Expressions,
    FnRef, Implementations, Language, Names, NoHost, Options, Patch, Revision, Scope, Signal,
};
use arvo::{Data, Raised, Token};
use serde_json::{Value, json};

/// Expressions that are paths: `{"$": "context.n"}`; `{"$": "!context.n"}` is whether something is missing there.
struct Paths;

#[derive(Debug)]
struct Look(String);

impl Language for Paths {
    fn template(&self, json: &Value, scope: Scope) -> Result<Option<Arc<dyn Expression>>, Vec<BadExpression>> {
        match json.get("$").and_then(Value::as_str) {
            None => Ok(None),
            Some(path) if path.contains("input") && scope != Scope::Context => {
                Err(vec![BadExpression { path: String::new(), message: "1:1: no 'input' here".to_owned() }])
            }
            Some(path) => Ok(Some(Arc::new(Look(path.to_owned())))),
        }
    }
}

impl Expression for Look {
    fn evaluate(&self, names: Names<'_>) -> Result<Option<Value>, ExpressionFailure> {
        let mut parts = self.0.trim_start_matches('!').split('.');
        let first = match parts.next() {
            Some("context") => names.context,
            Some("event") => names.event.map(View::json),
            Some("params") => names.params,
            Some("input") => names.input.map(View::json),
            _ => None,
        };
        let found = parts.try_fold(first.cloned(), |value, key| Some(value.as_ref()?.get(key).cloned())).flatten();
        match (self.0.starts_with('!'), found) {
            (true, found) => Ok(Some(json!(found.is_none()))),
            (false, None) if self.0.contains("must") => {
                Err(ExpressionFailure { name: "ExpressionMissing", message: "nothing there".to_owned() })
            }
            (false, found) => Ok(found),
        }
    }

    fn source(&self) -> &str {
        &self.0
    }
}

fn compile(definition: Value, actions: Value) -> Chart {
    let actions = actions.as_object().cloned().unwrap_or_default();
    let options = Options { language: Arc::new(Paths), ..Options::default() };
    Chart::compile_with(&definition, &Implementations { actions, ..Implementations::default() }, options).unwrap()
}

fn send(chart: &Chart, event: Value) -> Result<(Value, Vec<Value>), Error> {
    let first = chart.start(Some(json!({"who": "Ada"}).into()), &NoHost)?;
    let next = chart.send(first.state, Signal::from_json(event)?, &NoHost)?;
    let emitted =
        next.emitted.iter().map(|data| if let Data::Value(value) = data { Value::clone(value) } else { json!("?") });
    let emitted = emitted.collect();
    Ok((chart.snapshot(next.state, &NoHost)?, emitted))
}

#[test]
fn expressions_stand_wherever_functions_may() {
    let chart = compile(
        json!({"id": "m", "context": {"$": "input"}, "initial": "a", "states": {
            "a": {"on": {"E": {"guard": {"$": "!context.nobody"}, "target": "b",
                "actions": [{"type": "keep", "params": {"$": "event.v"}}, {"emit": {"$": "event.out"}}]}}},
            "b": {"type": "final", "output": {"$": "context"}}},
            "output": {"$": "event.output"}}),
        json!({"keep": {"assign": {"v": {"$": "params"}, "gone": {"$": "params.gone"}}}}),
    );
    let (snapshot, emitted) = send(&chart, json!({"type": "E", "v": 7, "out": {"type": "o"}})).unwrap();
    assert_eq!(snapshot["context"], json!({"who": "Ada", "v": 7}));
    assert_eq!(
        snapshot["output"],
        json!({"who": "Ada", "v": 7}),
        "the final state's output, handed on as event.output"
    );
    assert_eq!(emitted, [json!({"type": "o"})]);
}

#[test]
fn an_expression_that_fails_names_itself() {
    let chart =
        compile(json!({"id": "m", "on": {"E": {"actions": {"assign": {"x": {"$": "context.must"}}}}}}), json!({}));
    let error = send(&chart, json!({"type": "E"})).unwrap_err();
    assert!(matches!(&error, Error::Expression { source_text, .. } if source_text == "context.must"), "{error}");
}

#[test]
fn a_guard_expression_must_be_boolean() {
    let chart = compile(json!({"id": "m", "on": {"E": {"guard": {"$": "event.v"}, "actions": []}}}), json!({}));
    assert!(send(&chart, json!({"type": "E", "v": true})).is_ok());
    let error = send(&chart, json!({"type": "E", "v": 1})).unwrap_err().to_string();
    assert!(error.contains("a guard must give true or false, found a number"), "{error}");
}

#[test]
fn an_expression_that_does_not_compile_is_a_problem_with_a_place() {
    let options = Options { language: Arc::new(Paths), ..Options::default() };
    let definition = json!({"id": "m", "on": {"E": {"guard": {"$": "input.x"}}}});
    let problems = Chart::compile_with(&definition, &Implementations::default(), options).unwrap_err();
    assert_eq!((problems[0].code.text(), problems[0].path.as_str()), ("E-EXPR", "on.E.guard"));
}

#[test]
fn branches_and_failures_need_no_host() {
    let chart = compile(
        json!({"id": "m", "on": {"E": {"actions": {"if": [
            {"guard": {"$": "!event.bad"}, "actions": {"emit": {"type": "fine"}}},
            {"actions": {"fail": {"name": "OutOfStock", "message": "none left"}}}]}}}}),
        json!({}),
    );
    assert_eq!(send(&chart, json!({"type": "E"})).unwrap().1, [json!({"type": "fine"})]);
    match send(&chart, json!({"type": "E", "bad": 1})).unwrap_err() {
        Error::Failed { name, message } => assert_eq!((name.as_str(), message.as_str()), ("OutOfStock", "none left")),
        other => panic!("{other}"),
    }
}

/// A host with its own objects: contexts by revision, values by token.
#[derive(Default)]
struct Holder {
    contexts: RefCell<Vec<Value>>,
    objects: RefCell<Vec<Value>>,
    asked: RefCell<usize>,
}

impl Holder {
    fn hand_out(&self, value: Value) -> Data {
        self.objects.borrow_mut().push(value);
        Data::Host(Token(self.objects.borrow().len() as u32 - 1))
    }

    fn read(&self, data: &Data) -> Value {
        match data {
            Data::Value(value) => Value::clone(value),
            Data::Host(token) => self.objects.borrow()[token.0 as usize].clone(),
            Data::Text(text) => serde_json::from_str(text).unwrap(),
        }
    }
}

impl ChartHost for Holder {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        let context = match args.context {
            ContextView::Held(Revision(at)) => self.contexts.borrow()[at as usize].clone(),
            _ => json!({}),
        };
        Ok(match function.to_string().as_str() {
            "make" => Some(self.hand_out(json!({"n": 1, "made": "by the host"}))),
            "next" => Some(self.hand_out(json!({"n": context["n"].as_i64().unwrap() + 1}))),
            "event" => Some(self.hand_out(json!({"type": "R", "n": context["n"]}))),
            "undefined" => None,
            other => panic!("{other}"),
        })
    }

    fn act(&self, _: &FnRef, _: Args<'_>) -> Result<(), Raised> {
        Ok(())
    }

    fn collect(&self, _: &FnRef, _: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        check.passes(&json!("nobody"))?;
        Ok(Vec::new())
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        Ok(self.objects.borrow()[token.0 as usize].clone())
    }

    fn holds_context(&self) -> bool {
        true
    }

    fn merge(&self, Revision(at): Revision, patch: Patch<'_>) -> Result<Revision, Raised> {
        let mut context = self.contexts.borrow()[at as usize].clone();
        let map = context.as_object_mut().unwrap();
        match patch {
            Patch::Host(token) => map.extend(self.objects.borrow()[token.0 as usize].as_object().unwrap().clone()),
            Patch::Value(value) => map.extend(value.as_object().unwrap().clone()),
            Patch::Fields(fields) => {
                for (key, data) in fields {
                    match data {
                        Some(data) => drop(map.insert(key.to_string(), self.read(data))),
                        None => drop(map.shift_remove(&**key)),
                    }
                }
            }
            Patch::Append(path, item) => {
                let [outer, inner] = path else { panic!("{path:?}") };
                let holder = map.entry(&**outer).or_insert_with(|| json!({}));
                let list = holder.as_object_mut().unwrap().entry(&**inner).or_insert_with(|| json!([]));
                list.as_array_mut().unwrap().push(item.map(|item| self.read(item)).unwrap_or_default());
            }
        }
        self.contexts.borrow_mut().push(context);
        Ok(Revision(self.contexts.borrow().len() as u32 - 1))
    }

    fn context(&self, Revision(at): Revision) -> Result<Data, Raised> {
        *self.asked.borrow_mut() += 1;
        Ok(self.contexts.borrow()[at as usize].clone().into())
    }

    fn drain(&self, Revision(at): Revision, path: &[Arc<str>]) -> Result<(Revision, Vec<Data>), Raised> {
        let [outer, inner] = path else { panic!("{path:?}") };
        let mut context = self.contexts.borrow()[at as usize].clone();
        let holder = context.as_object_mut().unwrap().shift_remove(&**outer).unwrap();
        self.contexts.borrow_mut().push(context);
        let list = holder[&**inner].as_array().unwrap().iter().cloned().map(Data::from).collect();
        Ok((Revision(self.contexts.borrow().len() as u32 - 1), list))
    }
}

#[test]
fn a_host_that_holds_the_context_is_asked_for_it_once() {
    let definition = json!({"id": "m", "context": {"$fn": "make"},
        "on": {"E": {"actions": [{"assign": {"$fn": "next"}}, {"assign": {"made": {"$fn": "undefined"}, "k": 1}},
                                 {"raise": {"$fn": "event"}}, {"emit": {"$fn": "event"}}]},
               "R": {"actions": {"assign": {"$fn": "next"}}}}});
    let chart = Chart::compile(&definition, &Implementations::default()).unwrap();
    let host = Holder { contexts: RefCell::new(vec![json!({})]), ..Holder::default() };
    let first = chart.start(None, &host).unwrap();
    let next = chart.send(first.state, Signal::sent("E", Data::Host(Token::CONSUMED)), &host).unwrap();
    assert!(matches!(next.emitted[..], [Data::Host(_)]), "an emitted object stays the host's");
    let snapshot = chart.snapshot(next.state, &host).unwrap();
    assert_eq!(snapshot["context"], json!({"n": 3, "k": 1}));
    assert_eq!(*host.asked.borrow(), 1);
}

#[test]
fn what_is_appended_comes_out_of_the_context() {
    let definition = json!({"id": "m", "context": {"n": 1},
        "on": {"E": {"actions": [{"type": "queue", "params": 1}, {"type": "queue", "params": {"$fn": "event"}}]}}});
    let mut given = Implementations::default();
    given.appending.push(("queue".to_owned(), vec!["own".to_owned(), "list".to_owned()]));
    let chart = Chart::compile(&definition, &given).unwrap();
    let holder = Holder { contexts: RefCell::new(vec![json!({})]), ..Holder::default() };
    let first = chart.start(None, &holder).unwrap();
    assert!(first.appended.is_empty());
    let next = chart.send(first.state, Signal::from_json(json!({"type": "E"})).unwrap(), &holder).unwrap();
    let found: Vec<Value> = next.appended.iter().map(|data| holder.read(data)).collect();
    assert_eq!(found, [json!(1), json!({"type": "R", "n": 1})]);
    assert_eq!(chart.snapshot(next.state, &holder).unwrap()["context"], json!({"n": 1}));
}

#[test]
fn an_expression_asks_the_host_for_nothing_that_it_does_not_read() {
    let definition = json!({"id": "m", "on": {"E": {"guard": {"$": "event.n > 0"},
        "actions": [{"emit": {"type": {"$": "event.out"}}}, {"raise": {"type": "R"}}]},
        "R": {"guard": {"$": "context.n == 1"}, "actions": {"emit": {"type": "read"}}}}, "context": {"$fn": "make"}});
    let options = Options { language: Arc::new(Expressions::default()), ..Options::default() };
    let chart = Chart::compile_with(&definition, &Implementations::default(), options).unwrap();
    let host = Holder { contexts: RefCell::new(vec![json!({})]), ..Holder::default() };
    let first = chart.start(None, &host).unwrap();
    let event = Signal::from_json(json!({"type": "E", "n": 1, "out": "o"})).unwrap();
    let next = chart.send(first.state, event, &host).unwrap();
    assert_eq!(next.emitted.len(), 2);
    assert_eq!(*host.asked.borrow(), 1, "for the one guard that reads the context");
}

#[test]
fn what_check_fails_with_ends_the_step() {
    let definition = json!({"id": "m", "on": {"E": {"actions": {"enqueueActions": {"$fn": 0}}}}});
    let chart = Chart::compile(&definition, &Implementations::default()).unwrap();
    let host = Holder { contexts: RefCell::new(vec![json!({})]), ..Holder::default() };
    let first = chart.start(None, &host).unwrap();
    let error = chart.send(first.state, Signal::from_json(json!({"type": "E"})).unwrap(), &host).unwrap_err();
    assert!(matches!(&error, Error::UnknownGuard { name } if name == "nobody"), "{error}");
}

#[test]
fn snapshots_of_another_machine_are_refused() {
    let chart = compile(
        json!({"id": "m", "initial": "a", "states": {"a": {}, "p": {"initial": "x", "states": {"x": {}}}}}),
        json!({}),
    );
    let snapshot =
        |value: Value| json!({"status": "active", "value": value, "historyValue": {}, "context": {}, "children": {}});
    for (value, wanted) in [
        (json!("gone"), "value names 'gone', which is no state of 'm'"),
        (json!({"p": "gone"}), "value.p names 'gone', which is no state of 'm.p'"),
        (json!({"p": "x", "a": {}}), "value does not fit 'm', which is a compound state now"),
        (json!({"a": {"x": "y"}}), "value.a does not fit 'm.a', which is a state without states inside now"),
        (json!(7), "value is a number, not text or an object"),
    ] {
        let error = chart.restore(snapshot(value), &NoHost).unwrap_err();
        assert!(matches!(error, Error::SnapshotMismatch { .. }));
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let mut with_children = snapshot(json!("a"));
    with_children["children"] = json!({"actor": {}});
    for wrong in [with_children, json!([]), json!({"status": "stopped"})] {
        assert!(matches!(chart.restore(wrong, &NoHost), Err(Error::SnapshotMismatch { .. })));
    }
}
