use arvo::Store;
use serde_json::json;

use super::support::{Cli, begin, call, execution};
use super::world::init;

const DAY: i64 = 86_400_000;

#[test]
fn a_workflow_is_cancelled_with_its_children() {
    let cli = Cli::new();
    let parent = begin("parent", None);
    let child = begin("child", Some(&parent));
    cli.store().publish_all(&[parent.clone(), child.clone()]).wait().unwrap();
    let ran = cli.run(&["cancel", &execution(&parent)[..8]]).out();
    let lines: Vec<&str> = ran.lines().collect();
    assert_eq!(
        lines,
        [
            "2 workflows cancelled".to_owned(),
            format!("  {}", &execution(&parent)[..8]),
            format!("  {}", &execution(&child)[..8])
        ]
    );
    assert_eq!(cli.run(&["cancel", parent.subject()]).refused("has ended (cancelled)"), 1);
    assert_eq!(cli.run(&["cancel", "nobody"]).refused("no subject is or begins with nobody"), 3);
    let other = begin("parent", None);
    cli.store().publish(&other).wait().unwrap();
    let cancelled = cli.run(&["cancel", other.subject(), "--json"]).json();
    assert_eq!(cancelled, json!([{"subject": other.subject(), "execution": execution(&other)}]));
}

#[test]
fn old_workflows_are_removed() {
    let cli = Cli::new();
    cli.work(&(0..3).map(init).collect::<Vec<_>>());
    let waiting = begin("other", None);
    cli.store().publish(&waiting).wait().unwrap();
    cli.pass(2 * DAY);
    assert_eq!(cli.run(&["purge", "--older-than", "3d"]).out(), "0 subjects removed, with all their events\n");
    let dry = ["purge", "--older-than", "1d", "--dry-run"];
    assert_eq!(cli.run(&dry).out(), "3 subjects would be removed, with all their events\n");
    assert_eq!(cli.run(&[&dry[..], &["--json"]].concat()).json(), json!({"subjects": 3, "removed": false}));
    assert_eq!(cli.run(&["purge", "--older-than", "1d", "--json"]).json(), json!({"subjects": 3, "removed": true}));
    let left = cli.store().workflows(arvo::Which::default()).wait().unwrap();
    assert_eq!(left.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), [waiting.subject()]);
    assert_eq!(cli.run(&["purge"]).refused("--older-than"), 2);
    assert_eq!(cli.run(&["purge", "--older-than", "30"]).refused("write a number and a unit"), 2);
}

#[test]
fn statements_that_read_are_run() {
    let cli = Cli::new();
    cli.store().publish_all(&[call("1"), call("2")]).wait().unwrap();
    let sql = "SELECT seq, event_id AS id, cause, 'a' || char(10) || 'b' AS text FROM delivery ORDER BY seq";
    let ran = cli.run(&["query", sql]);
    assert_eq!((ran.exit, ran.err.as_str()), (0, "arvo: 2 rows\n"));
    assert_eq!(ran.out, "seq  id  cause  text\n1    1   –      a\\nb\n2    2   –      a\\nb\n");
    let rows =
        json!({"columns": ["seq", "id", "cause", "text"], "rows": [[1, "1", null, "a\nb"], [2, "2", null, "a\nb"]]});
    assert_eq!(cli.run(&["query", sql, "--json"]).json(), rows);
    assert_eq!(cli.run(&["query", "DELETE FROM delivery"]).refused("only statements that read"), 1);
    assert_eq!(cli.run(&["query", "SELECT missing FROM delivery"]).refused("no such column: missing"), 1);
    assert_eq!(cli.run(&["query"]).refused("<SQL>"), 2);
}

#[test]
fn a_backup_is_a_store() {
    let cli = Cli::new();
    let event = init(1);
    cli.work(std::slice::from_ref(&event));
    let path = cli.file.0.join("copy.db");
    let path = path.to_str().unwrap();
    let ran = cli.run(&["backup", path]).out();
    assert!(ran.starts_with(&format!("{path} written, ")) && ran.ends_with(" KiB\n"), "{ran}");
    let copy = Store::open(&format!("sqlite:{path}")).unwrap();
    assert_eq!(copy.workflow(event.subject()).wait().unwrap().unwrap().standing(), "done");
    assert_eq!(cli.run(&["backup", path]).refused("already exists"), 1);
    let second = format!("{path}.2");
    let told = cli.run(&["backup", &second, "--json"]).json();
    assert_eq!(
        (&told["file"], told["bytes"].as_u64()),
        (&json!(second), Some(std::fs::metadata(&second).unwrap().len()))
    );
}
