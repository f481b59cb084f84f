//! Definitions that are refused, with codes, places and the reference's words; and what is only warned of.

use arvo::statechart::{Chart, Code, Implementations, NoHost, Problem};
use serde_json::{Value, json};

fn problems(definition: Value) -> Vec<Problem> {
    let mut given = Implementations::default();
    given.guards.insert("ready".to_owned(), json!({"$fn": 0}));
    given.actions.insert("note".to_owned(), json!({"$fn": 1}));
    match Chart::compile(&definition, &given) {
        Ok(chart) => chart.warnings().to_vec(),
        Err(problems) => problems,
    }
}

/// name, definition, the problems as `code path`.
#[test]
fn each_problem_has_its_code_and_place() {
    let rows: Vec<(&str, Value, &[&str])> = vec![
        (
            "fine",
            json!({"initial": "a", "states": {"a": {"on": {"E": "b"}}, "b": {"type": "final"}}, "output": {}}),
            &[],
        ),
        ("not an object", json!([1]), &["E-FORM "]),
        ("state is text", json!({"initial": "a", "states": {"a": "x"}}), &["E-FORM states.a", "E-INITIAL initial"]),
        (
            "misspelt guard",
            json!({"initial": "a", "states": {"a": {"on": {"E": {"guard": "redy"}}}}}),
            &["E-UNKNOWN-GUARD states.a.on.E.guard"],
        ),
        (
            "misspelt action in a list",
            json!({"initial": "a", "states": {"a": {"entry": ["note", "nota"]}}}),
            &["E-UNKNOWN-ACTION states.a.entry[1]"],
        ),
        (
            "several at once",
            json!({"initial": "x", "states": {"a": {"on": {"E": [{"target": "y"}]}, "always": {"cond": "z"}}}}),
            &["E-INITIAL initial", "E-TARGET states.a.on.E[0].target", "E-UNSUPPORTED states.a.always.cond"],
        ),
        (
            "final with states",
            json!({"initial": "a", "states": {"a": {"type": "final", "states": {"b": {}}}}}),
            &["E-TYPE states.a.type"],
        ),
        (
            "initial of a parallel",
            json!({"type": "parallel", "initial": "b", "states": {"a": {"on": {"E": "a"}}}}),
            &["E-INITIAL initial", "W-KEY initial"],
        ),
        (
            "initial without states",
            json!({"initial": "a", "states": {"a": {"initial": "b"}}}),
            &["E-INITIAL states.a.initial"],
        ),
        ("unknown type", json!({"initial": "a", "states": {"a": {"type": "finale"}}}), &["E-TYPE states.a.type"]),
        (
            "sendTo",
            json!({"initial": "a", "states": {"a": {"entry": {"sendTo": "x"}}}}),
            &["E-UNSUPPORTED states.a.entry"],
        ),
        (
            "delayed raise",
            json!({"initial": "a", "states": {"a": {"entry": {"raise": {"type": "x"}, "delay": 5}}}}),
            &["E-UNSUPPORTED states.a.entry"],
        ),
        (
            "targets in one region",
            json!({"initial": "a", "states": {"a": {"on": {"E": {"target": ["b", "c"]}}}, "b": {}, "c": {}}}),
            &["E-TARGET states.a.on.E.target"],
        ),
        (
            "history loop",
            json!({"initial": "h", "states": {"a": {}, "h": {"type": "history"}}}),
            &["E-INITIAL states.h"],
        ),
        (
            "v4 keys",
            json!({"initial": "a", "states": {"a": {"on": {"E": {"target": "a", "internal": true}}, "actons": []}}}),
            &["W-KEY states.a.actons", "W-KEY states.a.on.E.internal"],
        ),
        (
            "unreachable",
            json!({"initial": "a", "states": {"a": {"on": {"E": "a"}}, "b": {"on": {"E": "a"}}}}),
            &["W-UNREACHABLE states.b"],
        ),
        (
            "after an unguarded one",
            json!({"initial": "a", "states": {"a": {"on": {"E": ["b", {"guard": "ready", "target": "b"}]}}, "b": {"on": {"E": "a"}}}}),
            &["W-UNREACHABLE states.a.on.E[1]"],
        ),
        ("dead end", json!({"initial": "a", "states": {"a": {"on": {"E": "b"}}, "b": {}}}), &["W-DEAD-END states.b"]),
        (
            "no output",
            json!({"initial": "a", "states": {"a": {"on": {"E": "b"}}, "b": {"type": "final"}}}),
            &["W-OUTPUT output"],
        ),
        (
            "endless",
            json!({"initial": "a", "states": {"a": {"always": "b"}, "b": {"always": "a"}}}),
            &["W-LOOP states.a"],
        ),
        (
            "history of a parallel",
            json!({"initial": "p", "states": {"p": {"type": "parallel", "on": {"E": "p.h"}, "states": {"x": {}, "y": {}, "h": {"type": "history"}}}}}),
            &["W-HISTORY states.p.states.h"],
        ),
        ("odd descriptor", json!({"initial": "a", "states": {"a": {"on": {"a*": "a"}}}}), &["W-KEY states.a.on.a*"]),
        ("dots", json!({"id": "x.y", "initial": "a", "states": {"a": {"on": {"E": "a"}}}}), &["W-RESERVED id"]),
    ];
    for (name, definition, wanted) in rows {
        let found: Vec<String> =
            problems(definition).iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn a_close_name_is_suggested() {
    let found = problems(json!({"initial": "a", "states": {"a": {"on": {"E": {"guard": "redy"}}}}}));
    assert_eq!(found[0].nearest.as_deref(), Some("ready"));
    assert!(found[0].message.ends_with("Did you mean 'ready'?"), "{}", found[0].message);
}

#[test]
fn names_made_of_themselves_are_refused() {
    let mut given = Implementations::default();
    given.guards.insert("g".to_owned(), json!({"not": "h"}));
    given.guards.insert("h".to_owned(), json!({"and": ["g"]}));
    given.actions.insert("a".to_owned(), json!({"if": [{"actions": "a"}]}));
    let problems = Chart::compile(&json!({}), &given).unwrap_err();
    let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::UnknownGuard, Code::UnknownAction]);
}

#[test]
fn refusals_have_the_words_of_xstate() {
    let no_initial = |of: &str, first: &str| {
        format!(
            "No initial state specified for compound state node \"#{of}\". Try adding {{ initial: \"{first}\" }} to the state config."
        )
    };
    let done = json!({"id": "m", "initial": "p", "states": {"p": {"initial": "f", "states": {"f": {"type": "final"}},
        "onDone": "q", "on": {"xstate.done.state.m.p": "zz"}}, "q": {}}});
    let lost = "Invalid transition definition for state node 'm.p':\nChild state 'zz' does not exist on 'm'";
    for (definition, wanted) in [
        (json!({"id": "m", "states": {"h": {"type": "history"}, "a": {}}}), no_initial("m", "h")),
        (json!({"id": "m", "initial": "", "states": {"a": {}}}), no_initial("m", "a")),
        (
            json!({"id": "m", "initial": "p", "states": {"p": {"initial": null, "states": {"a": {}}}}}),
            no_initial("m.p", "a"),
        ),
        (done, lost.to_owned()),
    ] {
        let found = problems(definition);
        assert_eq!(found.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), [wanted.as_str()]);
    }
}

#[test]
fn what_on_done_replaces_takes_no_part() {
    let definition = json!({"id": "m", "initial": "p", "states": {"p": {"initial": "f", "states": {"f": {"type": "final"}},
        "onDone": "q", "on": {"xstate.done.state.m.p": "r"}}, "q": {}, "r": {}}});
    let chart = Chart::compile(&definition, &Implementations::default()).unwrap();
    assert_eq!(chart.value(&chart.start(None, &NoHost).unwrap().state), "q");
}
