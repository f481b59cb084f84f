use std::fs;

use arvo::{Contract, Event, EventDraft, Machine, MachineSpec, Orchestrator, Worker};
use serde_json::{Value, json};

use super::support::{Cli, begin, call, execution, question};
use super::world::init;

/// Without what differs from run to run: times, spans, and how wide they are.
fn tidy(text: &str) -> String {
    let times = regex::Regex::new(r"\d\d:\d\d:\d\d\.\d{3}").unwrap();
    let spans = regex::Regex::new(r"\d+(\.\d)? (ms|s|min|h|d)( \d+ (s|min|h))?").unwrap();
    let days = regex::Regex::new(r"\d{4}-\d\d-\d\d").unwrap();
    let text = days.replace_all(&spans.replace_all(&times.replace_all(text, "TIME"), "SPAN"), "DAY").into_owned();
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
    lines.collect()
}

#[test]
fn a_workflow_is_shown_with_its_events() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    let wanted = format!(
        "workflow arvo.orc.sum 1.0.0\n\
         execution {}\n\
         subject {}\n\
         begun by com.test.client\n\
         status done, revision 3\n\
         changed DAY 12:00:00, SPAN ago\n\
         context {{\"calls\":2}}\n\
         \n\
         6 events on DAY\n\
         seq cause time event to state took\n\
         1 TIME arvo.orc.sum arvo.orc.sum done SPAN\n\
         2 ◀ 1 TIME com.calc.add com.calc.add done SPAN\n\
         3 ◀ 2 TIME evt.calc.add.success arvo.orc.sum done SPAN\n\
         4 ◀ 3 TIME com.calc.add com.calc.add done SPAN\n\
         5 ◀ 4 TIME evt.calc.add.success arvo.orc.sum done SPAN\n\
         6 ◀ 5 TIME arvo.orc.sum.done com.test.client waiting\n",
        execution(&event),
        event.subject()
    );
    assert_eq!(tidy(&cli.run(&["show", event.subject()]).out()), wanted);
}

#[test]
fn workflows_are_found_by_a_part_of_their_names() {
    let cli = Cli::new();
    let (one, two) = (init(1), init(2));
    cli.store().publish_all(&[one.clone(), two.clone(), call("1")]).wait().unwrap();
    let shown = |text: &str| cli.run(&["show", text, "--json"]).json()["workflow"]["subject"].clone();
    assert_eq!(shown(one.subject()), one.subject());
    assert_eq!(shown(&execution(&one)), one.subject());
    assert_eq!(shown(&execution(&two)[..13]), two.subject());
    assert_eq!(shown("calls"), "calls/1");
    let common: String =
        one.subject().chars().zip(two.subject().chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let ran = cli.run(&["show", &common]);
    assert!(ran.err.contains(one.subject()) && ran.err.contains(two.subject()), "{}", ran.err);
    assert_eq!(ran.refused("stands for several; write more of it"), 3);
    for nobody in ["nobody", "%", "' OR 1 --", "\u{1b}[2J"] {
        let ran = cli.run(&["show", nobody]);
        assert!(!ran.err.contains('\u{1b}'));
        assert_eq!(ran.refused("no subject is or begins with"), 3, "{nobody}");
    }
    assert_eq!(cli.run(&["show", ""]).refused("a value is required for '<SUBJECT>'"), 2);
}

#[test]
fn programs_read_workflow_events_and_tree() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    let found = cli.run(&["show", event.subject(), "--json"]).json();
    assert_eq!(
        (&found["workflow"]["status"], &found["workflow"]["record"]["state$$"]),
        (&json!("done"), &json!({"calls": 2}))
    );
    assert_eq!(found["events"].as_array().map(Vec::len), Some(6));
    assert_eq!(
        (&found["events"][1]["cause"], &found["events"][1]["event"]["type"]),
        (&json!(1), &json!("com.calc.add"))
    );
    assert_eq!(found["tree"].as_array().map(Vec::len), Some(1));
    assert!(found.get("picture").is_none());
}

#[test]
fn failures_stand_beneath_their_event() {
    let cli = Cli::new();
    cli.dead_letter("1");
    let shown = cli.run(&["show", "calls/1"]).out();
    let tidied = tidy(&shown);
    let cause = "✗ TIME ViolationError<RateLimited> slow\\u{1b}[31m down\n";
    assert!(tidied.ends_with(&format!("1 TIME com.calc.add com.calc.add dead 2\n{cause}{cause}")), "{tidied}");
    assert!(!tidied.contains("status"), "it is no workflow");
    let (subject, _) = cli.paused(1);
    let shown = cli.run(&["show", &subject]).out();
    assert!(shown.contains("status     paused\n"), "{shown}");
}

#[test]
fn what_waits_says_for_what() {
    let cli = Cli::new();
    let mut timer = cli.store();
    let at = cli.environment.now() + 5_430_000;
    timer.publish_at(&call("1"), Some(at)).wait().unwrap();
    timer = cli.store();
    timer.publish(&question("2")).wait().unwrap();
    let shown = cli.run(&["show", "calls/1"]).out();
    assert!(shown.contains("waiting 1 h 30 min"), "{shown}");
    assert!(shown.contains("human.review  waiting\n"), "{shown}");
}

#[test]
fn descendants_stand_as_a_tree() {
    let cli = Cli::new();
    let root = begin("root", None);
    let (one, two) = (begin("one", Some(&root)), begin("two", Some(&root)));
    let leaf = begin("leaf", Some(&one));
    let events = [root.clone(), one.clone(), two.clone(), leaf.clone()];
    cli.store().publish_all(&events).wait().unwrap();
    let name = |event: &Event| execution(event)[..8].to_owned();
    let wanted = format!(
        "\n3 descendants\n\
         {}  arvo.orc.root 1.0.0  new\n\
         ├─ {}  arvo.orc.one 1.0.0  new\n\
         │  └─ {}  arvo.orc.leaf 1.0.0  new\n\
         └─ {}  arvo.orc.two 1.0.0  new\n",
        name(&root),
        name(&one),
        name(&leaf),
        name(&two)
    );
    let shown = cli.run(&["show", root.subject()]).out();
    assert!(shown.ends_with(&wanted), "{shown}");
    let shown = cli.run(&["show", leaf.subject()]).out();
    assert!(shown.contains(&format!("begun by   {} of arvo.orc.one\n", name(&one))), "{shown}");
    assert!(!shown.contains("descendant"), "{shown}");
}

/// A machine that waits for two answers, as a file and at work.
fn machine() -> (Value, Contract) {
    let object = || json!({"type": "object"});
    let contract = Contract::orchestrator("#/flows/door", "door").version("1.0.0", object(), object()).build().unwrap();
    let file = json!({
        "contract": {"uri": "#/flows/door", "version": "1.0.0"},
        "machine": {"id": "door", "initial": "closed", "states": {
            "closed": {"on": {"never": "open"}},
            "open": {"type": "final"},
        }},
    });
    (file, contract)
}

#[test]
fn a_machine_is_drawn_where_it_stands() {
    let cli = Cli::new();
    let (file, contract) = machine();
    let path = cli.file.0.join("door.machine.json");
    fs::write(&path, file.to_string()).unwrap();
    let path = path.to_str().unwrap();
    let event = contract
        .latest()
        .factory()
        .init(EventDraft::from_source("com.test.client").data(json!({"parentSubject$$": null})))
        .unwrap();
    let store = cli.store();
    let receipt = store.publish(&event).wait().unwrap();
    let before = cli.run(&["show", event.subject(), "--machine", path]).out();
    assert!(before.contains("stateDiagram-v2") && !before.contains("class s_door"), "nothing is marked yet: {before}");

    let machine = Machine::compile(MachineSpec::from_json(file, std::slice::from_ref(&contract)).unwrap()).unwrap();
    let door = Orchestrator::builder().machine(machine).build().unwrap();
    let worker = Worker::builder(&store).serve(door).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let stop = async {
            while store.workflow(event.subject()).await.unwrap().unwrap().revision == 0 {
                tokio::task::yield_now().await;
            }
            worker.stop();
        };
        tokio::join!(async { worker.run().await.unwrap() }, stop);
    });
    assert_eq!(receipt.seq, 1);
    let shown = cli.run(&["show", event.subject(), "--machine", path]).out();
    assert!(shown.contains("state      closed\n"), "{shown}");
    assert!(shown.contains("class s_door,s_door_closed active"), "{shown}");
    let found = cli.run(&["show", event.subject(), "--machine", path, "--json"]).json();
    assert!(found["picture"].as_str().unwrap().contains("class s_door,s_door_closed active"));
}

#[test]
fn what_can_t_be_drawn_says_why() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    let path = cli.file.0.join("a.json");
    let show = |text: &str| {
        fs::write(&path, text).unwrap();
        cli.run(&["show", event.subject(), "--machine", path.to_str().unwrap()])
    };
    let (file, _) = machine();
    assert_eq!(show(&file.to_string()).refused("arvo.orc.sum is no machine"), 1);
    let lone = begin("lone", None);
    cli.store().publish(&lone).wait().unwrap();
    let show = |text: &str| {
        fs::write(&path, text).unwrap();
        cli.run(&["show", lone.subject(), "--machine", path.to_str().unwrap()])
    };
    assert_eq!(show("{").refused("is no machine"), 1);
    assert_eq!(show("{}").refused("a machine's file is {contract"), 1);
    let wrong = json!({"contract": {"uri": "#/a", "version": "1.0.0"}, "machine": {"id": "a", "initial": "nowhere", "states": {"b": {}}}});
    assert_eq!(show(&wrong.to_string()).refused("is no machine"), 1);
    assert_eq!(cli.run(&["show", lone.subject(), "--machine", "/nowhere"]).refused("/nowhere can't be read"), 2);
}

#[test]
fn what_happened_is_drawn_with_all_descendants() {
    let cli = Cli::new();
    let root = begin("root", None);
    let child = begin("child", Some(&root));
    cli.store().publish_all(&[root.clone(), child.clone()]).wait().unwrap();
    let sequence = cli.run(&["show", root.subject(), "--sequence"]).out();
    let (_, drawn) = sequence.split_once("    autonumber\n").unwrap();
    let wanted = format!(
        "    participant p1 as com.test.client\n    participant p2 as arvo.orc.root\n    participant p3 as arvo.orc.child\n\
         \x20   rect rgba(65, 105, 225, 0.12)\n    Note over p2: arvo.orc.root {}\n    p1->>p2: arvo.orc.root<br/>waiting\n    end\n\
         \x20   rect rgba(46, 139, 87, 0.12)\n    Note over p3: arvo.orc.child {}\n    p2->>p3: arvo.orc.child<br/>waiting\n    end\n",
        &execution(&root)[..8],
        &execution(&child)[..8]
    );
    assert_eq!(drawn, wanted);
    let timeline = cli.run(&["show", root.subject(), "--timeline"]).out();
    assert!(timeline.starts_with("2 events in "), "{timeline}");
    assert!(timeline.contains("●  arvo.orc.root → arvo.orc.child   arvo.orc.child  "), "{timeline}");
    let of_child = cli.run(&["show", child.subject(), "--timeline"]).out();
    assert!(of_child.starts_with("1 event in ") && !of_child.contains("com.test.client"), "{of_child}");
}

#[test]
fn programs_read_what_happened_as_one_text() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    for what in ["timeline", "sequence"] {
        let option = format!("--{what}");
        let text = cli.run(&["show", event.subject(), &option]).out();
        let found = cli.run(&["show", event.subject(), &option, "--json"]).json();
        assert_eq!(found[what].as_str().map(str::trim_end), Some(text.trim_end()));
    }
    let both = cli.run(&["show", event.subject(), "--timeline", "--sequence"]);
    assert_eq!(both.refused("cannot be used with"), 2);
}
