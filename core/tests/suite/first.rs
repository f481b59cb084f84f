//! The first handler that newcomers see compiles and runs.

include!("../../../examples/first/first.rs");

#[test]
fn the_first_handler_greets() {
    main().unwrap();
}
