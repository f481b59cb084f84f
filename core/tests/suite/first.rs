//! The first handler, workflow and machine that newcomers see compile and run.

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

mod machine {
    include!("../../../examples/first/machine.rs");

    #[test]
    fn the_first_machine_ends() {
        main().unwrap();
    }
}
