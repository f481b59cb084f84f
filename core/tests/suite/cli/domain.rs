use std::fs;

use serde_json::{Value, json};

use super::support::{Cli, call, lines, question};

#[test]
fn domains_are_listed_added_and_removed() {
    let cli = Cli::new();
    assert_eq!(cli.run(&["domain", "ls"]).out(), "no domains\n");
    cli.store().publish(&question("1")).wait().unwrap();
    let add = |name| cli.run(&["domain", "add", name]).out();
    assert_eq!(add("local.one"), "the events of local.one are handled here from now on; 0 waiting events let in\n");
    let wanted = "domain        its events        waiting\n\
                  human.review  wait                    1\n\
                  local.one     are handled here        0\n";
    assert_eq!(cli.run(&["domain", "ls"]).out(), wanted);
    assert_eq!(
        add("human.review"),
        "the events of human.review are handled here from now on; 1 waiting event let in\n"
    );
    assert_eq!(cli.run(&["domain", "remove", "local.one"]).out(), "the events of local.one wait from now on\n");
    let found = cli.run(&["domain", "ls", "--json"]).json();
    assert_eq!(found, json!([{"name": "human.review", "local": true, "waiting": 0}]));
    assert_eq!(cli.store().history("calls/1").wait().unwrap()[0].domain, "");
}

#[test]
fn programs_are_told_what_became_of_a_domain() {
    let cli = Cli::new();
    cli.store().publish(&question("1")).wait().unwrap();
    let added = cli.run(&["domain", "add", "human.review", "--json"]).json();
    assert_eq!(added, json!({"name": "human.review", "local": true, "admitted": 1}));
    let removed = cli.run(&["domain", "remove", "human.review", "--json"]).json();
    assert_eq!(removed, json!({"name": "human.review", "local": false}));
}

#[test]
fn waiting_events_are_taken_and_answered() {
    let cli = Cli::new();
    assert_eq!(cli.run(&["domain", "take", "human.review"]).out(), "no event waits in human.review\n");
    let seq = cli.store().publish(&question("1")).wait().unwrap().seq;
    let wanted = "seq  since     event         for           subject  data\n\
                  \x20 1  12:00:00  com.calc.add  com.calc.add  calls/1  {\"a\":1,\"b\":2}\n";
    assert_eq!(cli.run(&["domain", "take", "human.review"]).out(), wanted);
    let taken: Value = cli.run(&["domain", "take", "human.review", "--json"]).json();
    assert_eq!(
        (&taken["seq"], &taken["domain"], &taken["event"]["data"]["b"]),
        (&json!(seq), &json!("human.review"), &json!(2))
    );

    let path = cli.file.0.join("answer.json");
    fs::write(&path, lines(&[call("2")])).unwrap();
    let answer = ["domain", "answer", "1", path.to_str().unwrap()];
    assert_eq!(cli.run(&answer).out(), "event 1 answered with 1 event\n");
    let history = cli.store().history("calls/1").wait().unwrap();
    let seen: Vec<_> = history.iter().map(|row| (row.state, row.cause)).collect();
    assert_eq!(seen, [("done", None), ("waiting", Some(seq))]);
    assert_eq!(cli.run(&answer).refused("delivery 1 is done, only one that is waiting in a domain can be answered"), 1);
}

#[test]
fn waiting_events_are_let_in() {
    let cli = Cli::new();
    for id in ["1", "2", "3"] {
        cli.store().publish(&question(id)).wait().unwrap();
    }
    assert_eq!(cli.run(&["domain", "admit", "1"]).out(), "event 1 is in the local flow\n");
    assert_eq!(cli.run(&["domain", "admit", "2", "--json"]).json(), json!({"seq": 2, "admitted": true}));
    assert_eq!(cli.run(&["domain", "admit", "9"]).refused("no delivery 9"), 3);
    let left = cli.run(&["domain", "take", "human.review", "--limit", "1"]).out();
    assert!(left.contains("\n  3  ") && left.ends_with("… the oldest 1; --limit shows more\n"), "{left}");
    let answered = cli.run_with(&["domain", "answer", "3", "-", "--json"], &lines(&[call("a"), call("b")]));
    assert_eq!(answered.json(), json!({"seq": 3, "answers": 2}));
}

#[test]
fn wrong_names_and_empty_answers_are_usage() {
    let cli = Cli::new();
    for command in ["add", "remove", "take"] {
        assert_eq!(cli.run(&["domain", command, "Human Review"]).refused("use a-z, 0-9 and '.'"), 2, "{command}");
    }
    assert_eq!(cli.run(&["domain", "answer", "1", "-"]).refused("an answer has one or more"), 2);
    assert_eq!(cli.run_with(&["domain", "answer", "1", "-"], "{}").refused("event 1 of the input"), 1);
    assert_eq!(cli.run(&["domain"]).refused("Usage: "), 2);
}
