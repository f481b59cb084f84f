//! The execution's span is the active one inside user code, and only there.

use std::sync::Arc;

use arvo::{Broker, Machine, Orchestrator, Output};
use opentelemetry::trace::{SpanContext, TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use serde_json::json;
use tokio::sync::Notify;

use crate::world::{
    REMOTE, Spans, alone, greet, greeter, greeting, id, request, run, traced, visit, visiting, visitor,
};

fn active() -> SpanContext {
    Context::current().span().span_context().clone()
}

/// A span of the user's own, begun and ended.
fn own(name: &'static str) {
    drop(global::tracer("the user's").start(name));
}

#[test]
fn spans_of_user_code_are_children_of_the_executions_also_after_it_has_waited() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let handler = greeter(async |_| {
        own("before");
        tokio::task::yield_now().await;
        own("after");
        Ok(greeting())
    });
    let events = run(handler.execute(traced(REMOTE))).unwrap();
    let execution = spans.named("Handler<#/greet>");
    assert_eq!(execution.parent_span_id.to_string(), "00f067aa0ba902b7");
    for name in ["before", "after"] {
        assert_eq!(spans.named(name).parent_span_id, id(&execution), "{name}");
    }
    let header = events[0].traceparent().unwrap();
    assert_eq!(header, format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", id(&execution)));
    assert!(!active().is_valid(), "nothing is active outside");
}

#[test]
fn two_executions_side_by_side_do_not_mix() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    // Each waits until the other is half-way.
    let half_way = |mine: &Arc<Notify>, other: &Arc<Notify>, name: &'static str| {
        let (mine, other) = (Arc::clone(mine), Arc::clone(other));
        greeter(move |_| {
            let (mine, other) = (Arc::clone(&mine), Arc::clone(&other));
            async move {
                other.notify_one();
                mine.notified().await;
                own(name);
                Ok(greeting())
            }
        })
    };
    let (one, two) = (half_way(&first, &second, "one's"), half_way(&second, &first, "two's"));
    let (one, two) = run(async { tokio::join!(one.execute(request()), two.execute(request())) });
    let parent = |header: &str| header.split('-').nth(2).unwrap().to_owned();
    let (one, two) = (one.unwrap(), two.unwrap());
    for (events, name) in [(one, "one's"), (two, "two's")] {
        let execution = parent(events[0].traceparent().unwrap());
        assert_eq!(spans.named(name).parent_span_id.to_string(), execution);
    }
}

#[test]
fn guards_and_actions_run_inside_the_span() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let go = json!({"target": "done", "guard": "ready", "actions": "note"});
    let machine = Machine::builder(&visit().latest())
        .guard("ready", |_| {
            own("guard's");
            Ok(true)
        })
        .action("note", |_| {
            own("action's");
            Ok(())
        })
        .definition(json!({
            "id": "visit", "initial": "at", "output": {"ok": true},
            "states": {"at": {"always": go}, "done": {"type": "final"}},
        }))
        .build()
        .unwrap();
    let orchestrator = Orchestrator::builder().machine(machine).build().unwrap();
    run(orchestrator.execute(visiting())).unwrap();
    let execution = spans.named("Orchestrator<#/visit>@<arvo.orc.visit.once>");
    for name in ["guard's", "action's"] {
        assert_eq!(spans.named(name).parent_span_id, id(&execution), "{name}");
    }
}

#[test]
fn a_workflow_in_a_broker_is_one_trace_along_the_events() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let (handler, workflow) = (greeter(async |_| Ok(greeting())), visitor());
    let broker = Broker::builder().handler(&handler).resumable(&workflow).build().unwrap();
    let answer = run(broker.resolve(visiting())).unwrap();
    assert!(answer.is_some());
    let began = spans.named("Resumable<#/visit>@<arvo.orc.visit.once>");
    let handled = spans.named("Handler<#/greet>");
    let resumed = spans.named("Resumable<#/visit>@<evt.greet.user.success>");
    assert_eq!(handled.parent_span_id, id(&began));
    assert_eq!(resumed.parent_span_id, id(&handled));
    assert!(spans.all().iter().all(|span| span.span_context.trace_id() == began.span_context.trace_id()));
}

#[test]
fn what_is_not_sampled_is_passed_on_and_not_recorded() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let handler = greeter(async |_| {
        own("unsampled too");
        Ok(greeting())
    });
    let events = run(handler.execute(traced("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))).unwrap();
    assert!(spans.all().is_empty(), "{:?}", spans.names());
    let header = events[0].traceparent().unwrap();
    assert!(header.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && header.ends_with("-00"), "{header}");
    assert_eq!(events[0].tracestate(), Some("vendor=x"));
}

#[test]
fn without_enable_no_span_begins_whatever_the_provider() {
    let alone = alone();
    let spans = Spans::install(&alone);
    arvo::otel::disable();
    let handler = greeter(async |_| Ok(greeting()));
    let events = run(handler.execute(traced(REMOTE))).unwrap();
    assert!(spans.all().is_empty());
    assert_eq!(events[0].traceparent(), None);
}

#[test]
fn functions_are_given_the_headers_of_their_span() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let handler = greeter(async |input| {
        assert_eq!(input.trace, arvo::otel::headers());
        Ok(Some(Output::new("evt.greet.user.success", json!({"seen": input.trace.traceparent.as_deref()}))))
    });
    let events = run(handler.execute(request())).unwrap();
    let execution = id(&spans.named("Handler<#/greet>")).to_string();
    assert!(events[0].data().unwrap()["seen"].as_str().unwrap().contains(&execution));
}

#[test]
fn what_user_code_writes_by_hand_is_on_the_executions_span() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let handler = greeter(async |_| {
        arvo::otel::log(arvo::telemetry::Severity::Warning, "half way");
        arvo::otel::exception("Timeout", &std::io::Error::other("nobody answered"));
        Ok(greeting())
    });
    run(handler.execute(request())).unwrap();
    let span = spans.named("Handler<#/greet>");
    let says = |text: &str| span.events.iter().any(|event| format!("{:?}", event.attributes).contains(text));
    assert!(says("half way") && says("nobody answered"));
    assert!(span.attributes.iter().any(|attribute| attribute.key.as_str() == "exception.type"));
}

#[test]
fn spans_of_the_crate_tracing_are_children_too() {
    use tracing_subscriber::layer::SubscriberExt;

    let alone = alone();
    let spans = Spans::install(&alone);
    let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("tracing"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let handler = greeter(async |_| {
        tracing::info_span!("charge").in_scope(|| ());
        Ok(greeting())
    });
    tracing::subscriber::with_default(subscriber, || run(handler.execute(request()))).unwrap();
    assert_eq!(spans.named("charge").parent_span_id, id(&spans.named("Handler<#/greet>")));
}

#[test]
fn a_machine_made_of_data_has_the_same_spans() {
    let alone = alone();
    let spans = Spans::install(&alone);
    let definition = json!({"id": "v", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"ok": true}});
    let machine = Machine::compile(arvo::MachineSpec::new(&visit().latest(), definition)).unwrap();
    let orchestrator = Orchestrator::builder().machine(machine).build().unwrap();
    run(orchestrator.execute(visiting())).unwrap();
    let execution = spans.named("Orchestrator<#/visit>@<arvo.orc.visit.once>");
    for name in ["Resolve Machine", "Execute Machine", "createArvoEvent<arvo.orc.visit.once.done>"] {
        assert_eq!(spans.named(name).parent_span_id, id(&execution), "{name}");
    }
    assert_eq!(greet().type_(), "com.greet.user");
}
