//! The functions of C that kinds of handlers and workflows have in common, written once: each kind gives their names.

/// Those of every kind. `built` is what messages call it.
macro_rules! exports {
    (
        builder: $builder:ident,
        handle: $handle:ident,
        built: $built:literal,
        executionunits: $executionunits:ident,
        span: $span:ident,
        environment: $environment:ident,
        build: $build:ident,
        free_builder: $free_builder:ident,
        free: $free:ident,
        execute: $execute:ident,
        inherit: $inherit:ident,
        begin: $begin:ident,
        add: $add:ident,
        serve: $serve:ident,
        test: $test:ident,
        conforms: $conforms:ident,
    ) => {
        const _: () = {
            use $crate::boundary::{Failure, Status, Str, guard, guard_raised, slot};
            use $crate::broker::BrokerHandle;
            use $crate::builder::Spec;
            use $crate::conforms::{CEffort, conforms};
            use $crate::environment::{Surroundings, environment};
            use $crate::event::{EventHandle, Events};
            use $crate::execution::ExecutionHandle;
            use $crate::handle::{Handle, borrow, borrow_mut, borrow_optional, free};
            use $crate::suite::SuiteHandle;
            use $crate::value::Json;
            use $crate::worker::WorkerHandle;

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $executionunits(
                builder: *mut Handle<$builder>,
                units: f64,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
                    *unsafe { borrow_mut(builder, "builder")? }.spec.executionunits() = units;
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles and texts.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $span(
                builder: *mut Handle<$builder>,
                name: Str,
                attributes: *const Handle<Json>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
                    let (builder, name, attributes) = unsafe {
                        let attributes = borrow_optional::<Json>(attributes, "attributes")?;
                        (borrow_mut(builder, "builder")?, name.read_optional("name")?, attributes)
                    };
                    *builder.spec.span() = $crate::span::spec(name, attributes)?;
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $environment(
                builder: *mut Handle<$builder>,
                within: *const Handle<Surroundings>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
                    let (builder, within) = unsafe { (borrow_mut(builder, "builder")?, environment(within)?) };
                    builder.environment = std::sync::Arc::clone(within);
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles and results.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $build(
                builder: *const Handle<$builder>,
                out: *mut *mut Handle<$handle>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Results".
                    let (builder, out) = unsafe { (borrow(builder, "builder")?, slot(out, "out")?) };
                    out.give(builder.build()?);
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $free_builder(builder: *mut Handle<$builder>) {
                // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
                unsafe { free(builder) }
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $free(built: *mut Handle<$handle>) {
                // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
                unsafe { free(built) }
            }

            /// # Safety
            /// As `arvo.h` says of callbacks, handles and results.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $execute(
                built: *const Handle<$handle>,
                event: *const Handle<EventHandle>,
                out: *mut *mut Handle<Events>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard_raised(error, || {
                    // SAFETY: arvo.h, "Handles", "Results".
                    let (built, event, out) =
                        unsafe { (borrow(built, $built)?, borrow(event, "event")?, slot(out, "out")?) };
                    out.give(Events::new(built.shared.execute(&event.0, false)?));
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of callbacks, handles and results.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $inherit(
                built: *const Handle<$handle>,
                event: *const Handle<EventHandle>,
                out: *mut *mut Handle<Events>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard_raised(error, || {
                    // SAFETY: arvo.h, "Handles", "Results".
                    let (built, event, out) =
                        unsafe { (borrow(built, $built)?, borrow(event, "event")?, slot(out, "out")?) };
                    out.give(Events::new(built.shared.execute(&event.0, true)?));
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of callbacks, handles and results.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $begin(
                built: *const Handle<$handle>,
                event: *const Handle<EventHandle>,
                out: *mut *mut Handle<ExecutionHandle>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Results".
                    let (built, event, out) =
                        unsafe { (borrow(built, $built)?, borrow(event, "event")?, slot(out, "out")?) };
                    out.give(ExecutionHandle::begin(&built.shared, &event.0)?);
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $add(
                broker: *mut Handle<BrokerHandle>,
                built: *const Handle<$handle>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles".
                    let (broker, built) = unsafe { (borrow(broker, "broker")?, borrow(built, $built)?) };
                    broker.add(&built.shared)
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $serve(
                worker: *mut Handle<WorkerHandle>,
                built: *const Handle<$handle>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles".
                    let (worker, built) = unsafe { (borrow(worker, "worker")?, borrow(built, $built)?) };
                    worker.serve(&built.shared)
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles and texts.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $test(
                suite: *mut Handle<SuiteHandle>,
                built: *const Handle<$handle>,
                group: Str,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Texts": the caller's own suite, used by nobody else now.
                    let (suite, built, group) =
                        unsafe { (borrow_mut(suite, "suite")?, borrow(built, $built)?, group.read_optional("group")?) };
                    suite.add(&built.shared, group);
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of callbacks and handles; `effort` is NULL or readable.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $conforms(
                built: *const Handle<$handle>,
                effort: *const CEffort,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles"; `effort` is NULL or readable during the call.
                    let (built, effort) = unsafe { (borrow(built, $built)?, effort.as_ref()) };
                    conforms(&built.shared, effort)
                })
            }
        };
    };
}
pub(crate) use exports;

/// Those of kinds whose work functions of the program do, one for each version.
macro_rules! function_exports {
    (builder: $builder:ident, function: $function:ident, code: $code:path, new: $new:ident, on: $on:ident,) => {
        const _: () = {
            use std::ffi::c_void;

            use $crate::boundary::{Failure, Status, Str, guard, slot};
            use $crate::contract::ContractHandle;
            use $crate::handle::{Handle, borrow, borrow_mut};
            use $crate::user::{DestroyFn, UserData};

            /// # Safety
            /// As `arvo.h` says of handles and results.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $new(
                contract: *const Handle<ContractHandle>,
                out: *mut *mut Handle<$builder>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Results".
                    let (contract, out) = unsafe { (borrow(contract, "contract")?, slot(out, "out")?) };
                    out.give($builder::new(contract));
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of callbacks, handles and texts.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $on(
                builder: *mut Handle<$builder>,
                version: Str,
                function: Option<$function>,
                user_data: *mut c_void,
                destroy: Option<DestroyFn>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                let user_data = std::sync::Arc::new(UserData::new(user_data, destroy));
                guard(error, || {
                    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
                    let (builder, version) = unsafe { (borrow_mut(builder, "builder")?, version.read("version")?) };
                    builder.on(version, function.map($code), user_data);
                    Ok(())
                })
            }
        };
    };
}
pub(crate) use function_exports;

/// Those of kinds of workflows.
macro_rules! workflow_exports {
    (
        builder: $builder:ident,
        handle: $handle:ident,
        built: $built:literal,
        memory: $memory:ident,
        locking: $locking:ident,
        domains: $domains:ident,
        is_locking: $is_locking:ident,
    ) => {
        const _: () = {
            use arvo_core::WorkflowDomains;

            use $crate::boundary::{Failure, Status, guard, read};
            use $crate::builder::WorkflowSpec;
            use $crate::handle::{Handle, borrow, borrow_mut, borrow_optional};
            use $crate::memory::MemoryHandle;
            use $crate::names::domains;
            use $crate::value::Json;

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $memory(
                builder: *mut Handle<$builder>,
                memory: *const Handle<MemoryHandle>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
                    let (builder, memory) = unsafe { (borrow_mut(builder, "builder")?, borrow(memory, "memory")?) };
                    builder.memory = Some(memory.0.clone());
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $locking(
                builder: *mut Handle<$builder>,
                locking: bool,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
                    *unsafe { borrow_mut(builder, "builder")? }.spec.locking() = Some(locking);
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $domains(
                builder: *mut Handle<$builder>,
                services: *const Handle<Json>,
                complete: *const Handle<Json>,
                system_error: *const Handle<Json>,
                error: *mut *mut Handle<Failure>,
            ) -> Status {
                guard(error, || {
                    // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
                    let (builder, services, complete, system_error) = unsafe {
                        (
                            borrow_mut(builder, "builder")?,
                            borrow_optional::<Json>(services, "services")?,
                            borrow_optional::<Json>(complete, "complete")?,
                            borrow_optional::<Json>(system_error, "system_error")?,
                        )
                    };
                    *builder.spec.domains() = WorkflowDomains {
                        services: services.map(|list| domains(list, "services")).transpose()?,
                        complete: complete.map(|list| domains(list, "complete")).transpose()?,
                        system_error: system_error.map(|list| domains(list, "system_error")).transpose()?,
                    };
                    Ok(())
                })
            }

            /// # Safety
            /// As `arvo.h` says of handles.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $is_locking(built: *const Handle<$handle>) -> bool {
                // SAFETY: arvo.h, "Handles".
                read(false, || Ok(unsafe { borrow(built, $built)? }.shared.plan.locking()))
            }
        };
    };
}
pub(crate) use workflow_exports;
