use serde_json::json;

use super::support::{Cli, NOON, begin, call, execution, question};
use super::world::init;

#[test]
fn workflows_are_listed_the_last_changed_first() {
    let cli = Cli::new();
    let (first, second) = (init(1), begin("other", None));
    cli.work(std::slice::from_ref(&first));
    cli.pass(86_400_000);
    let store = cli.store();
    store.publish(&second).wait().unwrap();
    store.publish(&question("1")).wait().unwrap();
    let (first, second) = (&execution(&first)[..8], &execution(&second)[..8]);
    let wanted = format!(
        "execution  workflow        version  status  revision  changed     begun by\n\
         {second}   arvo.orc.other  1.0.0    new            0  12:00:00    com.test.client\n\
         {first}   arvo.orc.sum    1.0.0    done           3  2025-12-31  com.test.client\n\
         \n\
         2 workflows: 1 done, 1 new\n\
         8 events: 3 waiting, 5 done\n\
         1 event in domains: 1 human.review\n\
         0 workers\n"
    );
    assert_eq!(cli.run(&["ls"]).out(), wanted);
}

#[test]
fn workflows_are_chosen_by_how_they_stand_and_by_type() {
    let cli = Cli::new();
    let done = init(1);
    cli.work(std::slice::from_ref(&done));
    let (paused, _) = cli.paused(2);
    let cancelled = begin("other", None);
    let store = cli.store();
    store.publish(&cancelled).wait().unwrap();
    store.cancel(cancelled.subject()).wait().unwrap();
    let listed = |arguments: &[&str]| {
        let found = cli.run(&[&["ls", "--json"], arguments].concat()).json();
        let rows = found["workflows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&["--status", "done"]), [done.subject()]);
    assert_eq!(listed(&["--status", "paused"]), [paused.as_str()]);
    assert_eq!(listed(&["--status", "cancelled"]), [cancelled.subject()]);
    assert_eq!(listed(&["--status", "new"]), Vec::<String>::new());
    assert_eq!(listed(&["--type", "arvo.orc.other"]), [cancelled.subject()]);
    assert_eq!(listed(&[]).len(), 3);
    assert_eq!(listed(&["--limit", "2"]).len(), 2);
    let ran = cli.run(&["ls", "--limit", "2"]).out();
    assert!(ran.contains("… the last 2 changed; --limit shows more\n"), "{ran}");
    assert!(ran.contains("3 workflows: 1 cancelled, 1 done, 1 paused\n"), "{ran}");
}

#[test]
fn programs_read_workflows_and_counts() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    cli.store().publish(&call("1")).wait().unwrap();
    let mut found = cli.run(&["ls", "--json"]).json();
    let changed = found["workflows"][0]["changed"].take().as_i64().unwrap();
    assert!((NOON..NOON + 60_000).contains(&changed));
    assert_eq!(
        found["workflows"],
        json!([{
            "subject": event.subject(), "execution": execution(&event), "type": "arvo.orc.sum", "version": "1.0.0",
            "parent": null, "status": "done", "revision": 3, "worker": null, "changed": null,
        }])
    );
    let counts = json!({"workflows": {"done": 1}, "events": {"waiting": 2, "done": 5}, "domains": {}, "workers": []});
    assert_eq!(found["counts"], counts);
}

#[test]
fn an_empty_store_is_no_fault() {
    let cli = Cli::new();
    assert!(cli.run(&["ls"]).out().ends_with("\n0 workflows\n0 events\n0 workers\n"));
}
