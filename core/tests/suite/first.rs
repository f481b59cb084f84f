//! The first handler and the first workflow that newcomers see compile and run.

mod handler {
    include!("../../../examples/first/first.rs");

    #[test]
    fn the_first_handler_greets() {
        main().unwrap();
    }
}

mod workflow {
    include!("../../../examples/first/workflow.rs");

    #[test]
    fn the_first_workflow_ends() {
        main().unwrap();
    }
}
