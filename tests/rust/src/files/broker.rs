//! broker.json: whole flows through the broker, and the bare dispatcher.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use arvo::{
    Broker, BrokerError, BrokerFailure, Dispatcher, Environment, Event, EventDraft, InMemory, Limits, Problem,
    Subscriber, Work,
};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::case::{Run, group, text};
use crate::files::{handler, orchestrator, resumable};
use crate::input;
use crate::matcher::{Labels, compare, differences};
use crate::outcome::{self, error_of, without_class};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        run.case("cases", text(case, "name"), case, |expect| {
            let mut problems = Vec::new();
            compare(&plain(expect), &flow(data, case), &mut Labels::default(), "", &mut problems);
            problems
        });
    }
    for case in group(data, "raw") {
        run.case("raw", text(case, "name"), case, |expect| differences(expect, &raw(case)));
    }
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let mut failures = Vec::new();
    for case in group(data, "cases").filter(|case| case["name"] == name) {
        let found = flow(data, case);
        failures.extend(group(&found, "results").chain(group(&found, "errors")).cloned());
        failures.push(json!({"error": found["construction"]}));
    }
    failures
}

/// Errors that are no violations are compared by their text: their class is each language's own.
fn plain(expect: &Value) -> Value {
    let mut expect = expect.clone();
    let is_error = |error: &Value| error.get("message").is_some() && error.get("violation").is_none();
    for list in ["errors", "results"] {
        for entry in expect[list].as_array_mut().into_iter().flatten() {
            if is_error(&entry["error"]) {
                entry["error"] = without_class(&json!({"error": entry["error"]}))["error"].clone();
            }
            if entry.get("error").is_some_and(Value::is_null) {
                entry.as_object_mut().and_then(|entry| entry.remove("error"));
            }
        }
    }
    if let Some(construction) = expect.get("construction").cloned() {
        expect["construction"] = without_class(&json!({"error": construction}))["error"].clone();
    }
    expect
}

fn flow(data: &Value, case: &Value) -> Value {
    let errors: Arc<Mutex<Vec<Value>>> = Arc::default();
    let domained: Arc<Mutex<Vec<Value>>> = Arc::default();
    let broker = match broker(data, case, &errors, &domained) {
        Ok(broker) => broker,
        Err(error) => {
            let construction = error_of(&error.to_string(), [])["error"].clone();
            return json!({"results": [], "construction": construction, "errors": [], "domained": []});
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap_or_else(|error| panic!("{error}"));
    let results: Vec<Value> = group(case, "resolve")
        .map(|event| match runtime.block_on(broker.resolve(parse(event))) {
            Ok(answer) => json!({"resolved": answer.as_ref().map(outcome::event)}),
            Err(error) => error_of(&error.to_string(), []),
        })
        .collect();
    let list = |list: &Mutex<Vec<Value>>| list.lock().unwrap_or_else(|error| panic!("{error}")).clone();
    json!({
        "results": results,
        "history": broker.history().iter().map(outcome::event).collect::<Vec<_>>(),
        "topics": broker.topics(),
        "queueLength": broker.queued(),
        "errors": list(&errors),
        "domained": list(&domained),
    })
}

fn broker(
    data: &Value,
    case: &Value,
    errors: &Arc<Mutex<Vec<Value>>>,
    domained: &Arc<Mutex<Vec<Value>>>,
) -> Result<Broker, BrokerError> {
    let memory = InMemory::new();
    let mut builder = Broker::builder();
    for definition in group(case, "handlers") {
        builder = match text(definition, "kind") {
            "handler" => builder.handler(&handler::handler(data, definition).unwrap_or_else(|error| panic!("{error}"))),
            "orchestrator" => {
                let made = orchestrator::orchestrator(data, definition, |builder| builder.memory(memory.clone()));
                builder.orchestrator(&made.unwrap_or_else(|error| panic!("{error}")))
            }
            _ => {
                let made = resumable::resumable(data, definition, |builder| builder.memory(memory.clone()));
                builder.resumable(&made.unwrap_or_else(|error| panic!("{error}")))
            }
        };
    }
    let told = Arc::clone(errors);
    builder =
        builder.on_error(move |failure| told.lock().unwrap_or_else(|error| panic!("{error}")).push(told_of(failure)));
    let publishes = case["onDomained"] == "publish";
    let back: Arc<OnceLock<Broker>> = Arc::default();
    if case["onDomained"].is_string() {
        let (seen, back) = (Arc::clone(domained), Arc::clone(&back));
        builder = builder.on_domained_event(move |event, errand| {
            seen.lock()
                .unwrap_or_else(|error| panic!("{error}"))
                .push(json!({"domain": event.domain(), "event": outcome::event(&event)}));
            let published = match back.get().filter(|_| publishes) {
                Some(broker) => broker.publish_within(event, Some(errand)),
                None => Ok(()),
            };
            async move { published.map_err(Into::into) }
        });
    }
    let broker = builder.build()?;
    let _ = back.set(broker.clone());
    Ok(broker)
}

fn told_of(failure: &BrokerFailure) -> Value {
    let mut told = match &failure.problem {
        Problem::Execution(failure) => {
            let mut told = outcome::failure(failure);
            match told.get_mut("violation").map(Value::take) {
                Some(violation) => json!({"error": violation}),
                None => told,
            }
        }
        other => error_of(&other.to_string(), []),
    };
    told["event"] = outcome::event(&failure.event);
    told
}

fn parse(event: &Value) -> Event {
    Event::parse(&input::json(event), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the operations of a case on a dispatcher whose subscribers do what their names say.
fn raw(case: &Value) -> Value {
    let limit = case["maxQueueSize"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or_default();
    let mut dispatcher = Dispatcher::new(limit);
    let mut names: HashMap<u32, String> = HashMap::new();
    let (mut results, mut deliveries, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut made = 0;
    for operation in group(case, "operations") {
        let word = |at: usize| operation[at].as_str().unwrap_or_default();
        let result = match word(0) {
            "subscribe" => dispatcher
                .subscribe(word(1), operation[3].as_bool().unwrap_or_default(), false)
                .map(|subscriber| drop(names.insert(subscriber.0, word(2).to_owned()))),
            "unsubscribe" => {
                let gone = names.iter().find(|(_, name)| **name == word(1)).map(|(number, _)| *number);
                gone.into_iter().for_each(|number| dispatcher.unsubscribe(Subscriber(number)));
                Ok(())
            }
            _ => dispatcher.publish(parse(&operation[1]), None).map(|_| ()),
        };
        results.push(result.map_or_else(|error| json!({"error": error.to_string()}), |()| "ok".into()));
        while let Some(work) = dispatcher.next() {
            match work {
                Work::Deliver { delivery, subscriber, event, errand } => {
                    let name = names[&subscriber.0].clone();
                    deliveries.push(json!([name, event.id()]));
                    let mut failed = name.strip_prefix("fails:").map(str::to_owned);
                    let topics: VecDeque<&str> =
                        name.strip_prefix("publishes:").into_iter().flat_map(|list| list.split(',')).collect();
                    for topic in topics {
                        made += 1;
                        let event = published(made, topic);
                        if let Err(error) = dispatcher.publish(event, Some(errand)) {
                            failed = Some(error.to_string());
                            break;
                        }
                    }
                    match failed {
                        None => dispatcher.answer(delivery, Vec::new()),
                        Some(message) => {
                            let event = dispatcher.fail(delivery).map(|event| event.id().to_owned());
                            errors.push(json!({"message": message, "event": event}));
                        }
                    }
                }
                Work::Failed { error, event } => {
                    errors.push(json!({"message": error.to_string(), "event": event.id()}))
                }
                Work::Domained { delivery, .. } => dispatcher.answer(delivery, Vec::new()),
                Work::Resolved { .. } => {}
            }
        }
    }
    let topics: Vec<&str> = dispatcher.topics().collect();
    let subscribers: Map<String, Value> =
        topics.iter().map(|topic| ((*topic).to_owned(), dispatcher.subscribers(topic).into())).collect();
    json!({
        "results": results,
        "deliveries": deliveries,
        "errors": errors,
        "topics": topics,
        "subscribers": subscribers,
        "history": dispatcher.history().iter().map(Event::id).collect::<Vec<_>>(),
        "queueLength": dispatcher.queued(),
    })
}

fn published(number: usize, topic: &str) -> Event {
    let draft = EventDraft::new("com.test.subscriber", "com.raw.event").id(format!("p{number}").into());
    let draft = draft.subject("raw").to(topic).data(json!({}));
    draft.build(&Environment::system()).unwrap_or_else(|error| panic!("{error}"))
}
