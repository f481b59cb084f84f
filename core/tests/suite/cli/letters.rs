use serde_json::json;

use super::support::{Cli, NOON};

#[test]
fn dead_letters_are_listed_with_their_last_cause() {
    let cli = Cli::new();
    assert_eq!(cli.run(&["dead"]).out(), "no dead letters\n");
    cli.dead_letter("1");
    let wanted = "seq  died      event         handled by    subject  tries\n\
                  \x20 1  12:00:00  com.calc.add  com.calc.add  calls/1      2\n\
                  \x20     ViolationError<RateLimited> slow\\u{1b}[31m down\n";
    assert_eq!(cli.run(&["dead"]).out(), wanted);
}

#[test]
fn programs_read_dead_letters_with_all_causes() {
    let cli = Cli::new();
    let seq = cli.dead_letter("1");
    let found = cli.run(&["dead", "--json"]).json();
    let letter = &found[0];
    assert_eq!((&letter["seq"], &letter["state"], &letter["tries"]), (&json!(seq), &json!("dead"), &json!(2)));
    assert_eq!((&letter["event"]["id"], &letter["domain"]), (&json!("1"), &json!(null)));
    assert!(letter["failures"][1]["at"].as_i64() >= Some(NOON));
    assert_eq!(letter["failures"].as_array().map(Vec::len), Some(2));
}

#[test]
fn dead_letters_are_tried_again() {
    let cli = Cli::new();
    let (subject, seq) = cli.paused(1);
    assert_eq!(cli.run(&["ls", "--json", "--status", "paused"]).json()["workflows"][0]["subject"], subject.as_str());
    assert_eq!(cli.run(&["retry", &seq.to_string()]).out(), "1 dead letter to be tried again\n");
    let store = cli.store();
    assert_eq!(store.workflow(&subject).wait().unwrap().unwrap().standing(), "new");
    assert_eq!(store.history(&subject).wait().unwrap()[0].state, "waiting");
}

#[test]
fn dead_letters_are_given_up() {
    let cli = Cli::new();
    let seqs = [cli.dead_letter("1"), cli.dead_letter("2"), cli.dead_letter("3")];
    let views = cli.run(&["drop", "--json", &seqs[0].to_string(), &seqs[1].to_string()]).json();
    assert_eq!(views, json!([{"seq": seqs[0], "done": true}, {"seq": seqs[1], "done": true}]));
    let left = cli.store().dead(10).wait().unwrap();
    assert_eq!(left.iter().map(|letter| letter.seq).collect::<Vec<_>>(), [seqs[2]]);
    assert_eq!(cli.run(&["drop", "--all"]).out(), "1 dead letter dropped\n");
    assert_eq!(cli.run(&["drop", "--all"]).out(), "0 dead letters dropped\n");
}

#[test]
fn all_that_are_there_are_tried_again() {
    let cli = Cli::new();
    cli.dead_letter("1");
    cli.paused(2);
    assert_eq!(cli.run(&["retry", "--all"]).out(), "2 dead letters to be tried again\n");
    assert!(cli.store().dead(10).wait().unwrap().is_empty());
}

#[test]
fn what_is_no_dead_letter_is_named_and_the_others_go() {
    let cli = Cli::new();
    let seq = cli.dead_letter("1");
    let ran = cli.run(&["retry", "77", &seq.to_string()]);
    assert_eq!((ran.exit, ran.out.as_str()), (3, "1 dead letter to be tried again\n"));
    assert_eq!(ran.err, "arvo: the store has no delivery 77\n");
    let ran = cli.run(&["drop", "--json", &seq.to_string()]);
    assert_eq!(ran.exit, 1, "it waits now");
    assert!(ran.err.contains("only one that is dead can be dropped"), "{}", ran.err);
    assert!(ran.out.contains(r#""done":false,"why":"delivery"#), "{}", ran.out);
}

#[test]
fn which_ones_must_be_said() {
    let cli = Cli::new();
    assert_eq!(cli.run(&["retry"]).refused("--all"), 2);
    assert_eq!(cli.run(&["drop", "1", "--all"]).refused("cannot be used with"), 2);
    assert_eq!(cli.run(&["drop", "one"]).refused("invalid value 'one'"), 2);
}
