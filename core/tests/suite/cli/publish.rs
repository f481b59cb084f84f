use std::fs;
use std::sync::Arc;

use arvo::Worker;
use serde_json::{Value, json};

use super::support::{Cli, NOON, begin, call, lines};
use super::world::{adder, init, sums};

#[test]
fn events_of_a_file_are_stored_once() {
    let cli = Cli::new();
    let path = cli.file.0.join("events.jsonl");
    fs::write(&path, lines(&[call("1"), call("2"), call("1")])).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(cli.run(&["publish", path]).out(), "3 events: 2 new, 1 there already\n");
    assert_eq!(cli.run(&["publish", path]).out(), "3 events: 0 new, 3 there already\n");
    let store = cli.store();
    assert_eq!(store.history("calls/1").wait().unwrap().len(), 2);
}

#[test]
fn one_event_may_stand_over_many_lines() {
    let cli = Cli::new();
    let text = call("1").to_json_indented(2).unwrap();
    assert_eq!(cli.run_with(&["publish", "-"], &text).out(), "1 event: 1 new\n");
}

#[test]
fn programs_read_a_line_for_each_event() {
    let cli = Cli::new();
    let ran = cli.run_with(&["publish", "--json", "-"], &lines(&[call("1"), call("2"), call("1")])).out();
    let found: Vec<Value> = ran.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = |id: &str, seq: i64, new: bool| json!({"id": id, "seq": seq, "new": new});
    assert_eq!(found, [row("1", 1, true), row("2", 2, true), row("1", 1, false)]);
}

#[test]
fn answers_are_waited_for() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    let ran = cli.run_with(&["publish", "-", "--wait"], &lines(std::slice::from_ref(&event))).out();
    assert_eq!(ran, "1  arvo.orc.sum.done  {\"total\":3}\n1 event: 0 new, 1 there already\n");
    let ran = cli.run_with(&["publish", "-", "--wait=1s", "--json"], &lines(&[event])).json();
    assert_eq!((&ran["outcome"], &ran["answer"]["data"]), (&json!("answered"), &json!({"total": 3})));
}

#[test]
fn a_command_waits_for_a_worker_of_another_connection() {
    let cli = Cli::new();
    let store = cli.store();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(worker.run()).unwrap();
        });
        let ran = cli.run_with(&["publish", "-", "--wait"], &lines(&[init(1), init(2)]));
        worker.stop();
        run.join().unwrap();
        assert!(ran.out().ends_with("arvo.orc.sum.done  {\"total\":3}\n2 events: 2 new\n"));
    });
}

#[test]
fn no_answer_in_time_has_an_exit_code_of_its_own() {
    let cli = Cli::new();
    let ran = cli.run_with(&["publish", "-", "--wait=0s"], &lines(&[call("1")]));
    assert_eq!((ran.exit, ran.out.as_str()), (4, "1  no answer yet\n1 event: 1 new\n"));
    let ran = cli.run_with(&["publish", "-", "--wait=0s", "--json"], &lines(&[call("1")]));
    assert_eq!(ran.exit, 4);
    assert!(ran.out.contains(r#""outcome":"waiting""#), "{}", ran.out);
}

#[test]
fn a_dead_letter_is_told_and_fails_the_command() {
    let cli = Cli::new();
    cli.dead_letter("1");
    let ran = cli.run_with(&["publish", "-", "--wait=0s"], &lines(&[call("1")]));
    assert_eq!(ran.exit, 1);
    assert!(ran.out.starts_with("1  dead: ViolationError<RateLimited> slow"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "what a handler said can't colour the screen");
    let ran = cli.run_with(&["publish", "-", "--wait=0s", "--json"], &lines(&[call("1")]));
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.exit, &told["outcome"], told["failures"].as_array().map(Vec::len)), (1, &json!("dead"), Some(2)));
}

#[test]
fn a_dropped_event_fails_the_command() {
    let cli = Cli::new();
    let event = begin("lone", None);
    cli.store().publish(&event).wait().unwrap();
    cli.store().cancel(event.subject()).wait().unwrap();
    let ran = cli.run_with(&["publish", "-", "--wait=0s", "--json"], &lines(&[event]));
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    // Whoever began it was told, and that is its answer.
    assert_eq!(told["answer"]["data"]["errorName"], "WorkflowCancelled");
    assert_eq!(ran.exit, 0);
}

#[test]
fn events_are_delivered_when_it_is_said() {
    let cli = Cli::new();
    for (time, wanted) in [
        ("2026-01-01T00:00:00Z", NOON + 43_200_000),
        ("2026-01-01T01:00:00.250+01:00", NOON + 43_200_250),
        ("1767182400001", NOON + 1),
        ("+90s", NOON + 90_000),
    ] {
        assert_eq!(
            cli.run_with(&["publish", "-", "--deliver-at", time], &lines(&[call(time)])).out(),
            "1 event: 1 new\n"
        );
        let due = cli.store().history("calls/1").wait().unwrap().last().unwrap().due;
        let late = if time.starts_with('+') { due - wanted } else { 0 };
        assert!((0..60_000).contains(&late), "from now on: {late}");
        assert_eq!(due - late, wanted, "{time}");
    }
    let ran = cli.run_with(&["publish", "-", "--deliver-at", "soon"], &lines(&[call("1")]));
    assert_eq!(ran.refused("write 2026-11-30T14:08:24Z"), 2);
}

#[test]
fn what_is_no_event_is_named_and_nothing_is_stored() {
    let cli = Cli::new();
    let foreign = call("2").to_json().replace(arvo::ARVO_CONTENT_TYPE, "application/json");
    let (good, no_address) = (call("1").to_json(), foreign.replace(r#""to":"com.calc.add""#, r#""to":null"#));
    for (input, says) in [
        (format!("{good}\n{{\"id\": 1}}\n"), "event 2 of the input: "),
        (format!("{good}\n{{\"id\": "), "event 2 of the input: EOF while parsing"),
        (format!("{good}\n{no_address}"), "event 2 has no \"to\""),
    ] {
        let ran = cli.run_with(&["publish", "-"], &input);
        assert!(ran.err.ends_with("; nothing was stored\n"), "{}", ran.err);
        assert_eq!(ran.refused(says), 1);
    }
    assert_eq!(
        cli.run_with(&["publish", "-"], "[{}]").refused("event 1 of the input: it is a list; write the events one"),
        1
    );
    assert_eq!(cli.run_with(&["publish", "-"], "\n").refused("the input has no event"), 2);
    assert_eq!(cli.run(&["publish", "/nowhere/events"]).refused("/nowhere/events can't be read"), 2);
    assert!(cli.store().history("calls/1").wait().unwrap().is_empty());
}

#[test]
fn a_fault_far_behind_says_what_is_stored_already() {
    let cli = Cli::new();
    let mut input = lines(&(0..1200).map(|n| call(&format!("n{n}"))).collect::<Vec<_>>());
    input.push_str("[]\n");
    let ran = cli.run_with(&["publish", "-"], &input);
    assert!(ran.err.contains("event 1201 of the input"), "{}", ran.err);
    assert_eq!(ran.refused("the first 1,000 events are stored; publish all of it again"), 1);
    assert_eq!(
        cli.run_with(&["publish", "-"], &input[..input.len() - 3]).out(),
        "1,200 events: 200 new, 1,000 there already\n"
    );
}

#[test]
fn publishing_makes_the_store() {
    let cli = Cli::new();
    let url = format!("sqlite:{}", cli.file.0.join("new.db").display());
    let ran = cli.run_with(&["--store", &url, "publish", "-"], &lines(&[call("1")]));
    assert_eq!(ran.out(), "1 event: 1 new\n");
    assert_eq!(cli.run(&["ls", "--store", &url, "--json"]).json()["counts"]["events"], json!({"waiting": 1}));
}
