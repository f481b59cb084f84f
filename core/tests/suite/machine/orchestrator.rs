//! Orchestrators beyond the recorded cases: records that fit no more, functions that fail, hosts that hold the context.

use std::sync::Arc;

use arvo::{
    Action, BoxError, Event, EventDraft, Failure, Guard, InMemory, Machine, MachineBuilder, Orchestrator, Record,
    Resumable, ResumableInput, Resumed, Transition, UserViolation,
};
use serde_json::{Value, json};

use super::support::{flow, machine, pay};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn init() -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null, "total": 5}));
    flow().version("1.0.0").unwrap().factory().init(draft).unwrap()
}

fn paid(call: &Event) -> Event {
    let draft = EventDraft::new("com.order.pay", "evt.order.pay.success")
        .subject(call.subject())
        .to(call.source())
        .dataschema("#/services/pay/1.0.0")
        .data(json!({"sum": 5}));
    draft.build(&arvo::Environment::system()).unwrap()
}

fn paying() -> Value {
    json!({"id": "order", "context": {"total": 5}, "initial": "paying", "output": {"paid": true}, "states": {
        "paying": {"entry": {"emit": {"type": "com.order.pay", "data": {"total": {"$": "context.total"}}}},
                   "on": {"evt.order.pay.success": "done"}},
        "done": {"type": "final"}}})
}

fn builder(definition: Value) -> MachineBuilder {
    Machine::builder(&flow().version("1.0.0").unwrap()).service("pay", &pay()).definition(definition)
}

#[test]
fn a_record_that_fits_the_machine_no_more_is_refused_and_kept() {
    let memory = InMemory::new();
    let before = Orchestrator::builder().machine(machine(paying())).memory(memory.clone()).build().unwrap();
    let call = run(before.execute(init())).unwrap().remove(0);
    let kept = memory.read(call.subject()).unwrap().unwrap().record;

    let renamed = paying().to_string().replace("\"paying\"", "\"charging\"");
    let renamed = machine(serde_json::from_str(&renamed).unwrap());
    let after = Orchestrator::builder().machine(renamed).memory(memory.clone()).build().unwrap();
    let failure = run(after.execute(paid(&call))).unwrap_err();
    let text = failure.to_string();
    assert!(text.starts_with("ViolationError<Execution>") && text.contains("'paying'"), "{text}");
    assert_eq!(memory.read(call.subject()).unwrap().unwrap().record, kept, "nothing was written");

    let done = run(before.execute(paid(&call))).unwrap();
    assert_eq!(done[0].type_(), "arvo.orc.order.done");
}

#[test]
fn a_record_of_the_other_kind_is_refused() {
    let memory = InMemory::new();
    let contract = flow();
    let resumable = Resumable::builder(&contract)
        .version("1.0.0", |_: ResumableInput| async { Ok(Resumed::default().context(json!({"n": 1}))) })
        .version("2.0.0", |_: ResumableInput| async { Ok(()) })
        .memory(memory.clone())
        .build()
        .unwrap();
    let event = init();
    run(resumable.execute(event.clone())).unwrap();
    let orchestrator = Orchestrator::builder().machine(machine(paying())).memory(memory).build().unwrap();
    let failure = run(orchestrator.execute(event)).unwrap_err();
    assert!(failure.to_string().contains("the record is a resumable's, this workflow is a machine"), "{failure}");
}

#[test]
fn an_endless_machine_is_stopped() {
    let definition = json!({"id": "m", "context": {"n": 0}, "initial": "a", "output": {"paid": true}, "states": {
        "a": {"always": {"target": "b", "actions": {"assign": {"n": {"$": "context.n + 1"}}}}},
        "b": {"always": {"target": "a", "actions": {"assign": {"n": {"$": "context.n + 1"}}}}}}});
    let orchestrator = Orchestrator::builder().machine(machine(definition)).build().unwrap();
    let failure = run(orchestrator.execute(init())).unwrap_err();
    assert!(failure.to_string().contains("the step does not end: over 10000 microsteps"), "{failure}");
}

/// Where a function stands, and the machine that has it there.
fn failing(fail: fn() -> BoxError) -> Vec<(&'static str, MachineBuilder)> {
    let waiting = |entry: Value| {
        json!({"id": "m", "initial": "a", "output": {"paid": true},
               "states": {"a": {"entry": entry, "on": {"evt.order.pay.success": "b"}}, "b": {"type": "final"}}})
    };
    let mut guarded = waiting(json!([]));
    guarded["states"]["a"]["always"] = json!({"guard": "g", "target": "b"});
    let mut ended = waiting(json!([]));
    ended["initial"] = json!("b");
    ended["output"] = json!({"$fn": "f"});
    let mut first = waiting(json!([]));
    first["context"] = json!({"$fn": "f"});
    vec![
        ("guard", builder(guarded).guard("g", move |_| Err(fail()))),
        ("assign", builder(waiting(json!("f"))).assign("f", move |_| Err(fail()))),
        ("emit", builder(waiting(json!("f"))).emit("f", move |_| Err(fail()))),
        ("raise", builder(waiting(json!("f"))).raise("f", move |_| Err(fail()))),
        ("action", builder(waiting(json!("f"))).action("f", move |_| Err(fail()))),
        ("enqueue", builder(waiting(json!("f"))).enqueue("f", move |_, _| Err(fail()))),
        (
            "params",
            builder(waiting(json!({"type": "n", "params": {"$fn": "f"}})))
                .action("n", |_| Ok(()))
                .function("f", move |_| Err(fail())),
        ),
        ("output", builder(ended).function("f", move |_| Err(fail()))),
        ("context", builder(first).function("f", move |_| Err(fail()))),
    ]
}

#[test]
fn an_error_in_any_function_fails_the_workflow() {
    for (place, builder) in failing(|| "boom".into()) {
        let memory = InMemory::new();
        let orchestrator = Orchestrator::builder().machine(builder.build().unwrap()).memory(memory.clone());
        let event = init();
        let events = run(orchestrator.build().unwrap().execute(event.clone())).unwrap();
        assert_eq!(events.len(), 1, "{place}");
        assert_eq!(events[0].type_(), "sys.arvo.orc.order.error", "{place}");
        assert_eq!(events[0].data().unwrap()["errorMessage"], "boom", "{place}");
        let record = memory.read(event.subject()).unwrap().unwrap().record;
        assert!(record.is_failure(&arvo::Limits::default()).unwrap(), "{place}");
    }
}

#[test]
fn a_violation_in_any_function_comes_out_as_itself() {
    for (place, builder) in failing(|| UserViolation::new("Busy", "later").into()) {
        let memory = InMemory::new();
        let orchestrator = Orchestrator::builder().machine(builder.build().unwrap()).memory(memory.clone());
        let event = init();
        let failure = run(orchestrator.build().unwrap().execute(event.clone())).unwrap_err();
        assert!(failure.user::<UserViolation>().is_some(), "{place}: {failure}");
        assert!(memory.read(event.subject()).unwrap().is_none(), "{place}");
    }
}

#[test]
fn enqueued_actions_run_in_the_place_of_their_function() {
    let definition = json!({"id": "m", "context": {"n": 1}, "initial": "a", "output": {"$": "context"}, "states": {
        "a": {"entry": ["choose"], "always": {"guard": {"$": "context.n == 3"}, "target": "b"}}, "b": {"type": "final"}}});
    let machine = builder(definition)
        .guard("one", |scope| Ok(scope.context()["n"] == 1))
        .enqueue("choose", |_, enqueue| {
            if enqueue.check("one")? {
                enqueue.action(json!({"assign": {"n": {"$": "context.n + 2"}, "paid": true}}));
            }
            Ok(())
        })
        .build()
        .unwrap();
    let events = run(Orchestrator::builder().machine(machine).build().unwrap().execute(init())).unwrap();
    assert_eq!(*events[0].data().unwrap(), json!({"n": 3, "paid": true}));
}

#[test]
fn the_record_is_the_references() {
    let memory = InMemory::new();
    let orchestrator = Orchestrator::builder().machine(machine(paying())).memory(memory.clone()).build().unwrap();
    let event = init();
    run(orchestrator.execute(event.clone())).unwrap();
    let record: Value = serde_json::from_str(memory.read(event.subject()).unwrap().unwrap().record.text()).unwrap();
    let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = "executionStatus status value state initEventId parentSubject subject events machineDefinition";
    assert_eq!(keys, wanted.split(' ').collect::<Vec<_>>());
    let keys: Vec<&str> = record["state"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["status", "value", "historyValue", "context", "children"]);
    let definition: Value = serde_json::from_str(record["machineDefinition"].as_str().unwrap()).unwrap();
    assert_eq!(definition["id"], "order");
}

#[test]
fn a_record_goes_through_text_unharmed() {
    let memory = InMemory::new();
    let orchestrator = Orchestrator::builder().machine(machine(paying())).memory(memory.clone()).build().unwrap();
    let call = run(orchestrator.execute(init())).unwrap().remove(0);
    let text: Arc<str> = memory.read(call.subject()).unwrap().unwrap().record.text().into();
    let other = InMemory::new();
    other.put(call.subject(), Record::from_text(text)).unwrap();
    let orchestrator = Orchestrator::builder().machine(machine(paying())).memory(other).build().unwrap();
    assert_eq!(run(orchestrator.execute(paid(&call))).unwrap()[0].type_(), "arvo.orc.order.done");
}

#[test]
fn a_falsy_output_that_is_no_object_breaks_the_contract() {
    for output in [json!(0), json!(""), json!(false), json!([1])] {
        let definition =
            json!({"id": "m", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"$quote": output}});
        let orchestrator = Orchestrator::builder().machine(machine(definition)).build().unwrap();
        let failure = run(orchestrator.execute(init())).unwrap_err();
        assert!(matches!(failure, Failure::Violation(arvo::Violation::Contract(_))), "{failure}");
    }
}

#[test]
fn a_machine_written_in_rust_is_the_one_written_in_json() {
    let memory = InMemory::new();
    let built = Machine::builder(&flow().version("1.0.0").unwrap())
        .service("pay", &pay())
        .id("order")
        .context(|scope| Ok(json!({"total": scope.input()["data"]["total"]})))
        .initial("paying")
        .state("paying", |state| {
            state
                .initial("asking")
                .state("asking", |state| {
                    let ask = Action::emit(|scope| {
                        Ok(json!({"type": "com.order.pay", "data": {"total": scope.context()["total"]}}))
                    });
                    state.entry(ask).exit(Action::assign(|_| Ok(json!({"asked": true})))).tag("busy")
                })
                .state("paid", |state| state.final_().output(|scope| Ok(scope.event()["data"].clone())))
                .on_done(
                    Transition::to("done")
                        .action(Action::assign(|scope| Ok(json!({"sum": scope.event()["output"]["sum"]})))),
                )
                .on("evt.order.pay.success", Transition::stay().guard(Guard::function(|_| Ok(false))))
                .on(
                    "evt.order.pay.success",
                    Transition::to(".paid").guard(Guard::function(|scope| Ok(scope.event()["data"]["sum"] == 5))),
                )
        })
        .state("done", |state| state.always(Transition::to("over").guard(json!({"$": "context.asked"}))))
        .state("over", |state| state.final_())
        .output(|scope| Ok(json!({"paid": scope.context()["sum"] == 5})))
        .on("sys.*", ".done")
        .build()
        .unwrap();
    let orchestrator = Orchestrator::builder().machine(built).memory(memory).build().unwrap();
    let call = run(orchestrator.execute(init())).unwrap().remove(0);
    let done = run(orchestrator.execute(paid(&call))).unwrap();
    assert_eq!((done[0].type_(), done[0].data().unwrap()), ("arvo.orc.order.done", &json!({"paid": true})));
}

#[test]
fn a_context_with_more_keys_than_an_event_may_have_is_read_again() {
    let many: Value = (0..12_000).map(|number| (format!("k{number}"), json!(number))).collect();
    let mut definition = paying();
    definition["context"] = json!({"$fn": "first"});
    let build = |memory: InMemory| {
        let many = many.clone();
        let first = move |_: arvo::Scope<'_>| Ok(json!({"total": 5, "many": many}));
        let machine = builder(definition.clone()).function("first", first).build().unwrap();
        Orchestrator::builder().machine(machine).memory(memory).build().unwrap()
    };
    let memory = InMemory::new();
    let call = run(build(memory.clone()).execute(init())).unwrap().remove(0);
    let text: Arc<str> = memory.read(call.subject()).unwrap().unwrap().record.text().into();
    let other = InMemory::new();
    other.put(call.subject(), Record::from_text(text)).unwrap();
    assert_eq!(run(build(other).execute(paid(&call))).unwrap()[0].type_(), "arvo.orc.order.done");
}
