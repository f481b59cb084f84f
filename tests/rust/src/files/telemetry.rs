//! telemetry.json: the spans of executions and of events being made, in a real tracer.

use arvo::telemetry::SpanSpec;
use arvo::{Event, EventDraft, Failure, Handler, Limits, Making};
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use serde_json::{Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::files::{handler, orchestrator, resumable};
use crate::matcher::{Labels, compare};
use crate::spans::Spans;
use crate::template::evaluate;
use crate::workflow::Workflow;
use crate::{contracts, input, outcome};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    let spans = Spans::install();
    for case in group(data, "cases") {
        run.check("cases", text(case, "name"), || executed(data, case, &spans));
    }
    for case in group(data, "created") {
        run.check("created", text(case, "name"), || created(data, case, &spans));
    }
}

enum Subject {
    Handler(Handler),
    Workflow(Workflow),
}

impl Subject {
    fn of(data: &Value, case: &Value) -> Self {
        match text(case, "kind") {
            "handler" => {
                let made = handler::builder(data, &case["handler"]).span(span(&case["handler"]["span"])).build();
                Self::Handler(made.unwrap_or_else(|error| panic!("{error}")))
            }
            "resumable" => {
                let made = resumable::resumable(data, &case["resumable"], |builder| builder);
                Self::Workflow(Workflow::Resumable(made.unwrap_or_else(|error| panic!("{error}"))))
            }
            _ => {
                let made = orchestrator::orchestrator(data, &case["orchestrator"], |builder| builder);
                Self::Workflow(Workflow::Orchestrator(made.unwrap_or_else(|error| panic!("{error}"))))
            }
        }
    }

    async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        match self {
            Self::Handler(handler) => handler.execute(event).await,
            Self::Workflow(workflow) => workflow.execute(event).await,
        }
    }
}

/// A handler's own name and attributes for its spans.
fn span(definition: &Value) -> SpanSpec {
    let mut spec = SpanSpec::default();
    if let Some(name) = definition["name"].as_str() {
        spec = spec.named(name);
    }
    for (name, value) in definition["attributes"].as_object().into_iter().flatten() {
        spec = match value {
            Value::Bool(value) => spec.attribute(name, *value),
            Value::Number(number) => spec.attribute(name, arvo::Scalar::Number(number.clone())),
            other => spec.attribute(name, other.as_str().unwrap_or_else(|| panic!("{name}: {other}"))),
        };
    }
    spec
}

fn executed(data: &Value, case: &Value, spans: &Spans) -> Problems {
    let subject = Subject::of(data, case);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap_or_else(|error| panic!("{error}"));
    let (mut problems, mut labels, mut done) = (Vec::new(), Labels::default(), Vec::new());
    for (index, step) in group(case, "steps").enumerate() {
        let given = evaluate(&step["event"], &json!({"steps": done})).unwrap_or_else(|error| panic!("{error}"));
        let given = given.unwrap_or_else(|| panic!("step {index} has no event"));
        let event = Event::parse(&input::json(&given), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
        let context = match case["insideOpenSpan"].as_str() {
            Some(name) => Context::current_with_span(global::tracer("cases").start(name.to_owned())),
            None => Context::current(),
        };
        let outcome = runtime.block_on(
            async {
                if case["inheritFrom"] == "CONTEXT" {
                    arvo::otel::inherit_context(subject.execute(event)).await
                } else {
                    subject.execute(event).await
                }
            }
            .with_context(context.clone()),
        );
        context.span().end();
        let mut found = match outcome {
            Ok(events) => outcome::events(&events),
            Err(failure) => outcome::failure(&failure),
        };
        found["spans"] = spans.take();
        done.push(json!({"event": given, "events": found.get("events").cloned().unwrap_or_else(|| json!([]))}));
        compare(&step["expect"], &found, &mut labels, &format!("/{index}"), &mut problems);
    }
    problems
}

/// Events made one after the other inside a span named `outer`.
fn created(data: &Value, case: &Value, spans: &Spans) -> Problems {
    let context = Context::current_with_span(global::tracer("cases").start("outer"));
    let made: Vec<Value> = {
        let _active = context.clone().attach();
        group(case, "made").map(|made| outcome::event(&create(data, made))).collect()
    };
    context.span().end();
    let (mut problems, mut labels) = (Vec::new(), Labels::default());
    compare(&case["spans"], &spans.take(), &mut labels, "/spans", &mut problems);
    for (index, (wanted, found)) in group(case, "made").zip(&made).enumerate() {
        compare(&wanted["event"], found, &mut labels, &format!("/made/{index}"), &mut problems);
    }
    problems
}

fn create(data: &Value, made: &Value) -> Event {
    let draft = EventDraft::from_json(&input::json(&made["input"]), &Limits::DEFAULT);
    let draft = draft.unwrap_or_else(|error| panic!("{error}"));
    let environment = arvo::Environment::shared();
    match text(made, "how") {
        "factory accepts" => {
            let contract = contracts::contract(&data["contracts"]["calc"]).unwrap_or_else(|error| panic!("{error}"));
            let contract = contract.version("1.0.0").unwrap_or_else(|error| panic!("{error}"));
            let made = arvo::otel::make(&contract.factory(), Making::Accepts, draft);
            made.unwrap_or_else(|error| panic!("{error}"))
        }
        "createArvoEvent, telemetry disabled" => draft.build(&environment).unwrap_or_else(|error| panic!("{error}")),
        _ => arvo::otel::create(draft, &environment).unwrap_or_else(|error| panic!("{error}")),
    }
}
