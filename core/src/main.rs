//! The program `arvo`: the command line of a durable store, as `arvo --help` tells it.

fn main() -> std::process::ExitCode {
    let exit = arvo::cli::main(std::env::args_os().skip(1));
    std::process::ExitCode::from(u8::try_from(exit).unwrap_or(1))
}
