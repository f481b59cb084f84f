//! errors.json: violations, what counts as one, and the text of every error seen in the other files.

use arvo::{
    BoxError, Contract, ErrorReport, Event, EventDraft, Handler, InMemory, Input, Limits, LockGuard, MemoryError,
    Orchestrator, Record, TransactionCause, UserViolation, Violation, ViolationKind,
};
use serde_json::{Value, json};

use super::{broker, contracts, factories, handler, orchestrator, resumable};
use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::matcher::{differences, message_of};
use crate::outcome::{error_of, of_factory, of_handler, of_user_violation, of_violation, without_class};

/// The case that throws what is no error.
const JS_ONLY: &str = "#something that is no error is thrown";

pub(crate) fn run(data: &Value, vectors: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "classes") {
        run.case("classes", text(case, "name"), case, |expect| class(text(case, "name"), expect));
    }
    for case in group(data, "isViolation") {
        run.case("isViolation", text(case, "name"), case, |expect| {
            differences(expect, &is_violation(candidate(text(case, "name"))).into())
        });
    }
    memory(data, run);
    for case in group(data, "other") {
        run.case("other", text(case, "name"), case, |expect| other(text(case, "name"), expect));
    }
    for case in group(data, "messages") {
        let at = text(case, "at");
        if case.get("ours").is_some() || at.ends_with(JS_ONLY) {
            continue; // seen only where ours answers otherwise, or where anything can be thrown
        }
        let Some((file, name)) = at.split_once(".json#") else { continue };
        let failures = match file {
            "contracts" => contracts::failures,
            "factories" => factories::failures,
            "handler" => handler::failures,
            "resumable" => resumable::failures,
            "orchestrator" => orchestrator::failures,
            "broker" => broker::failures,
            _ => continue, // a file of a later stage
        };
        if let Some(file) = vectors.read(file) {
            run.check("messages", at, || produced(case, &failures(&file, name)));
        }
    }
}

/// The memory inside the process: the calls that the cases are named after, in order, on one memory.
fn memory(data: &Value, run: &mut Run<'_>) {
    let memory = InMemory::new();
    let error = |error: MemoryError| json!({"error": {"message": message_of(&error.to_string(), [])}});
    let value = |value: Value| json!({"value": value});
    let lock = |id: &str| {
        memory.lock(id, 0).map_or_else(error, |guard| {
            let locked = guard.is_some();
            guard.into_iter().for_each(LockGuard::keep);
            value(locked.into())
        })
    };
    for case in group(data, "memory") {
        let name = text(case, "name");
        run.case("memory", name, case, |expect| {
            let found = match name {
                "read of an empty id" => memory.read("").map_or_else(error, |_| value(Value::Null)),
                "write of an empty id" => {
                    memory.put("", Record::from_text("{}")).map_or_else(error, |()| value(Value::Null))
                }
                "write of no record" => error(MemoryError::NoRecord), // a record is always one in Rust: the text alone
                "lock of an empty id" => lock(""),
                "unlock of an empty id" => memory.unlock("").map_or_else(error, |done| value(done.into())),
                "write" => memory.put("a", Record::from_text(r#"{"x":1}"#)).map_or_else(error, |()| value(Value::Null)),
                "read of what is not there" | "read again" => memory.read("a").map_or_else(error, |kept| {
                    value(kept.map_or(Value::Null, |kept| serde_json::from_str(kept.record.text()).unwrap_or_default()))
                }),
                "lock" | "lock of a locked one" | "lock after unlock" | "lock after clear" => lock("a"),
                "lock of another" => lock("b"),
                "unlock" | "unlock of an unlocked one" => {
                    memory.unlock("a").map_or_else(error, |done| value(done.into()))
                }
                "clear one" => {
                    memory.clear(Some("a"));
                    value(Value::Null)
                }
                other => panic!("no such call: {other}"),
            };
            differences(&without_class(expect), &found)
        });
    }
}

/// The fields of a violation. The consumed event is not in it: in Rust whoever executes has that event.
fn class(name: &str, expect: &Value) -> Problems {
    let (found, is) = match expect["cause"].as_str() {
        Some(cause) => {
            let cause = TransactionCause::ALL.into_iter().find(|known| known.to_string() == cause);
            let cause = cause.unwrap_or_else(|| panic!("{name}: no such cause"));
            let violation = Violation::Transaction { cause, message: "the message".to_owned(), raised: None };
            (of_violation(&violation), (true, violation.kind() == ViolationKind::Transaction, Some(cause)))
        }
        None => {
            let text = text(expect, "message").split_once("> ").map_or("", |(_, text)| text);
            let violation = UserViolation::new(expect["type"].as_str().unwrap_or_default(), text);
            let violation = match &expect["metadata"] {
                Value::Null => violation,
                metadata => violation.with_metadata(metadata.clone()),
            };
            let kind = violation.kind();
            (of_user_violation(&violation), (is_violation(violation.into()), kind == ViolationKind::Transaction, None))
        }
    };
    let (is_violation, is_transaction, cause) = is;
    let mut found = found["violation"].clone();
    if let Some(map) = found.as_object_mut() {
        map.remove("violation");
    }
    found["isViolation"] = is_violation.into();
    found["isTransaction"] = is_transaction.into();
    found["isTransactionOfCauseRead"] = (cause == Some(TransactionCause::Read)).into();
    let mut wanted = expect.clone();
    if is_transaction {
        wanted["metadata"] = Value::Null;
    }
    differences(&wanted, &found)
}

/// Something that user code may fail with. Marks on foreign errors don't exist in Rust: what is no `UserViolation` and
/// no `Violation` is an ordinary error, whatever it looks like.
fn candidate(name: &str) -> BoxError {
    match name {
        "an error with the mark, type and name" => UserViolation::new("T", "m").into(),
        "an error with the mark and an empty type" => UserViolation::new("", "m").into(),
        "an error with mark, type and empty message" => ErrorReport::new("ViolationError<T>", "").into(),
        "an error with a type but no mark" | "an error with the mark but no type" => ErrorReport::new("T", "m").into(),
        other => other.into(),
    }
}

/// Whether a handler lets an error through as a violation, instead of telling of it in a system error event.
fn is_violation(error: BoxError) -> bool {
    let contract = plain();
    let error = std::sync::Mutex::new(Some(error));
    let handler = Handler::builder(&contract).version("1.0.0", move |_: Input| {
        let error = error.lock().ok().and_then(|mut error| error.take()).unwrap_or_else(|| "called twice".into());
        async move { Err::<(), _>(error) }
    });
    let draft = EventDraft::from_source("com.test.client").data(json!({}));
    let event = contract.latest().factory().accepts(draft).unwrap_or_else(|error| panic!("{error}"));
    let handler = handler.build().unwrap_or_else(|error| panic!("{error}"));
    handler::execute(&handler, event).is_err()
}

/// Errors that belong to none of the other files.
fn other(name: &str, expect: &Value) -> Problems {
    let factory = plain().latest().factory();
    let draft = EventDraft::from_source("com.test.client").subject("s").data(json!({}));
    match name {
        "registry without machines" => match Orchestrator::builder().build() {
            Ok(_) => vec!["wanted an error, found an orchestrator".to_owned()],
            Err(error) => differences(&expect["error"]["message"], &of_handler(&error)["error"]["message"]),
        },
        "orchestrator factory for a plain contract" => match factory.init(draft) {
            Ok(_) => vec!["wanted an error, found an event".to_owned()],
            Err(error) => differences(&expect["error"]["message"], &of_factory(&error)["error"]["message"]),
        },
        "event constructor without to" => {
            // The reference throws one text; ours names every broken attribute (SPEC §2).
            let mut event = json!({
                "id": "i", "source": "com.a.b", "specversion": "1.0", "type": "com.a.b", "subject": "s", "data": {},
                "time": "2025-01-02T03:04:05.006+00:00",
            });
            let absent = ["dataschema", "to", "accesscontrol", "redirectto", "executionunits"];
            for key in absent.into_iter().chain(["traceparent", "tracestate", "parentid", "domain"]) {
                event[key] = Value::Null;
            }
            match Event::from_value(event, &Limits::DEFAULT) {
                Ok(_) => vec!["wanted an error, found an event".to_owned()],
                Err(error) => {
                    let broken: Vec<&str> = error.broken().iter().map(|broken| broken.attribute.as_str()).collect();
                    differences(&json!(["to"]), &json!(broken))
                }
            }
        }
        _ => {
            let mut error = ErrorReport::new(text(&expect["value"], "errorName"), "m");
            if let Some(stack) = expect["value"]["errorStack"].as_str() {
                error = error.with_stack(stack);
            }
            let event = factory.system_error(draft, &error).unwrap_or_else(|error| panic!("{error}"));
            differences(&expect["value"], event.data().unwrap_or_else(|error| panic!("{error}")))
        }
    }
}

/// One of the failures of the case that a message was seen in has it.
fn produced(case: &Value, failures: &[Value]) -> Problems {
    let wanted = match case["type"].as_str() {
        Some(kind) => json!({"name": case["name"], "type": kind, "message": case["message"]}),
        None => json!({"message": case["message"]}),
    };
    let told: Vec<Value> = failures
        .iter()
        .filter_map(|failure| {
            let failure = failure.get("violation").or(failure.get("error"))?;
            let keys = wanted.as_object().into_iter().flatten().map(|(key, _)| (key.clone(), failure[key].clone()));
            Some(Value::Object(keys.collect()))
        })
        .collect();
    if told.iter().any(|found| differences(&wanted, found).is_empty()) {
        return Vec::new();
    }
    vec![format!("wanted {wanted}, found {}", Value::Array(told))]
}

fn plain() -> Contract {
    let none: [(&str, Value); 0] = [];
    let contract = Contract::builder("#/a", "com.test.a").version("1.0.0", json!({"type": "object"}), none);
    contract.build().unwrap_or_else(|error| panic!("{}", error_of(&error.to_string(), [])))
}
