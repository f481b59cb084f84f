use std::io::{ErrorKind, Write};
use std::sync::Arc;

use arvo::cli::{Console, run};

use super::support::Cli;

/// Without a store in the environment.
fn bare(arguments: &[&str]) -> (i32, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let exit = run(arguments, &mut Console::new(std::io::empty(), &mut output, &mut errors));
    (exit, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

#[test]
fn help_and_version_are_output() {
    let (exit, out, err) = bare(&["--help"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    for word in
        ["publish", "ls", "show", "dead", "retry", "drop", "cancel", "domain", "purge", "query", "backup", "Exit codes"]
    {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert_eq!(bare(&["--version"]).1, format!("arvo {}\n", env!("CARGO_PKG_VERSION")));
    assert!(bare(&["publish", "--help"]).1.contains("Usage: arvo publish"));
}

#[test]
fn wrong_usage_is_2_and_says_what_to_write() {
    for (arguments, says) in [
        (&[][..], "Usage: "),
        (&["list"], "unrecognized subcommand 'list'"),
        (&["pubish", "-"], "similar"),
        (&["ls", "--status", "odd"], "possible values: new, active, paused, done, failed, cancelled"),
        (&["ls", "--limit", "0"], "invalid value '0'"),
        (&["ls"], "which store? name it with --store or in ARVO_STORE"),
        (&["ls", "--store", "shop.db"], "write sqlite:PATH"),
        (&["publish", "-", "--wait=soon"], "write a number and a unit"),
        (&["domain", "admit", "-1"], "unexpected argument '-1'"),
    ] {
        let (exit, out, err) = bare(arguments);
        assert_eq!((exit, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(says), "{arguments:?}: {err}");
    }
}

#[test]
fn a_store_that_is_not_there_is_3_and_is_not_made() {
    let cli = Cli::new();
    let path = cli.file.0.join("missing.db");
    let url = format!("sqlite:{}", path.display());
    for command in [&["ls"][..], &["dead"], &["purge", "--older-than", "1d"], &["domain", "ls"], &["show", "a"]] {
        let ran = cli.run(&[command, &["--store", &url]].concat());
        assert_eq!(ran.refused("can't be opened"), 3, "{command:?}");
    }
    assert!(!path.exists());
    std::fs::write(&path, "no database at all, but a text that is long enough to be looked at").unwrap();
    assert_eq!(cli.run(&["ls", "--store", &url]).exit, 1);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    struct Broken(ErrorKind);
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let cli = Cli::new();
    for (kind, exit, says) in
        [(ErrorKind::BrokenPipe, 0, ""), (ErrorKind::StorageFull, 1, "the output can't be written")]
    {
        for arguments in [&["ls"][..], &["ls", "--json"], &["--help"]] {
            let (mut output, mut errors) = (Broken(kind), Vec::new());
            let mut console = Console::new(std::io::empty(), &mut output, &mut errors);
            console.store = Some(cli.file.url());
            assert_eq!(run(arguments, &mut console), exit, "{arguments:?}");
            drop(console);
            let errors = String::from_utf8(errors).unwrap();
            assert!(errors.contains(says) && errors.is_empty() == says.is_empty(), "{errors}");
        }
    }
}

#[test]
fn progress_is_told_to_somebody_who_looks() {
    let cli = Cli::new();
    cli.work(&[super::world::init(1)]);
    cli.pass(86_400_001);
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut console = Console::new(std::io::empty(), &mut output, &mut errors);
    console.store = Some(cli.file.url());
    console.environment = Arc::clone(&cli.environment);
    console.progress = true;
    assert_eq!(run(["purge", "--older-than", "1d"], &mut console), 0);
    drop(console);
    assert_eq!(String::from_utf8_lossy(&errors), "\r1 subject removed\u{1b}[K\r\u{1b}[K\r");
}
