//! The program itself: its arguments, its streams, its exit code.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use super::support::{Cli, call, lines};

fn arvo(cli: &Cli, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_arvo"))
        .args(arguments)
        .env("ARVO_STORE", cli.file.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_program_reads_its_input_and_its_environment() {
    let cli = Cli::new();
    let output = arvo(&cli, &["publish", "-"], &lines(&[call("1"), call("2")]));
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()),
        (Some(0), "2 events: 2 new\n")
    );
    let output = arvo(&cli, &["show", "nobody"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("arvo: no subject"));
    assert_eq!(arvo(&cli, &["shw"], "").status.code(), Some(2));
    assert_eq!(arvo(&cli, &["backup", &cli.file.0.display().to_string()], "").status.code(), Some(1));
}
