//! Handlers, rule by rule (SPEC §10), as a Rust user meets them.

use std::sync::Arc;

use arvo::{
    BoxError, ConfigFault, ContractFault, Domain, ErrorReport, Event, EventDraft, EventId, Failure, Handler,
    HandlerBuilder, HandlerError, Headers, Input, Limits, NoHost, Output, Scalar, Subject, UserViolation, Violation,
};
use serde_json::{Value, json};

use crate::support::{NOON, contract, environment, request};

/// A handler whose newest version answers so; the other one fails.
fn handler<F>(answer: F) -> HandlerBuilder
where
    F: Fn(Input) -> Result<Vec<Output>, BoxError> + Send + Sync + 'static,
{
    Handler::builder(&contract())
        .environment(environment())
        .executionunits(3.0)
        .version("1.0.0", |_: Input| async { Err::<(), _>("the old version was called".into()) })
        .version("2.0.0", move |input: Input| {
            let answer = answer(input);
            async move { answer }
        })
}

fn placed(total: f64) -> Output {
    Output::new("evt.order.placed", json!({"total": total}))
}

fn execute(handler: HandlerBuilder, event: Event) -> Result<Vec<Event>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(handler.build().unwrap().execute(event))
}

fn violation(outcome: Result<Vec<Event>, Failure>) -> Violation {
    match outcome {
        Err(Failure::Violation(violation)) => violation,
        other => panic!("a violation is wanted, not {other:?}"),
    }
}

/// The request with some attributes changed.
fn changed(changes: Value) -> Event {
    let mut event = request(json!({"id": "1"})).to_value().unwrap();
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    Event::from_value(event, &Limits::DEFAULT).unwrap()
}

#[test]
fn an_event_of_another_type_is_wrong_wiring() {
    let outcome = execute(handler(|_| panic!("not called")), changed(json!({"type": "com.other.type"})));
    let (received, expected) = ("com.other.type".into(), "com.order.place".into());
    assert_eq!(violation(outcome), Violation::Config(ConfigFault::TypeMismatch { received, expected }));
}

#[test]
fn the_dataschema_picks_the_version() {
    for (dataschema, called) in [
        (json!("#/shop/order/2.0.0"), true),
        (json!("#/shop/order/1.0.0"), false),
        (json!(null), true),
        (json!("no-dataschema"), true),
        (json!("/1.0.0"), false),
    ] {
        let events = execute(handler(|_| Ok(vec![placed(1.0)])), changed(json!({"dataschema": dataschema}))).unwrap();
        assert_eq!(events[0].type_() == "evt.order.placed", called, "{dataschema}");
    }
    let outcome = execute(handler(|_| panic!("not called")), changed(json!({"dataschema": "#/other/2.0.0"})));
    assert!(matches!(violation(outcome), Violation::Contract(ContractFault::UriMismatch { .. })));
    for version in ["0.0.0", "3.0.0"] {
        let event = changed(json!({"dataschema": format!("#/shop/order/{version}")}));
        let available = vec!["1.0.0".into(), "2.0.0".into()];
        let fault = ConfigFault::UnknownVersion { version: version.into(), available };
        assert_eq!(violation(execute(handler(|_| panic!("not called")), event)), Violation::Config(fault));
    }
}

#[test]
fn data_that_breaks_the_contract_never_reaches_the_function() {
    let outcome = violation(execute(handler(|_| panic!("not called")), changed(json!({"data": {"quantity": 0}}))));
    assert!(matches!(outcome, Violation::Contract(ContractFault::Input { .. })));
    let mut paths: Vec<&str> = outcome.issues().iter().map(|issue| issue.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/id", "/quantity"]);
}

#[test]
fn the_function_gets_validated_data_and_knows_its_contract() {
    let look = |input: Input| {
        assert_eq!(input.event.data()?, &json!({"id": "1", "quantity": 1}));
        assert_eq!((input.source(), input.contract.version().as_str()), ("com.order.place", "2.0.0"));
        assert_eq!(input.data::<std::collections::BTreeMap<String, Value>>()?["quantity"], 1);
        Ok(vec![placed(1.0)])
    };
    let events = execute(handler(look), changed(json!({"data": {"id": "1", "junk": true}}))).unwrap();
    assert_eq!(events[0].type_(), "evt.order.placed");
}

#[test]
fn nothing_returned_is_no_event() {
    assert!(execute(handler(|_| Ok(vec![])), request(json!({"id": "1"}))).unwrap().is_empty());
}

#[test]
fn outputs_become_events_in_order_addressed_to_who_asked() {
    let event = changed(json!({"accesscontrol": "role:a", "executionunits": 9}));
    let events = execute(handler(|_| Ok(vec![placed(1.0), placed(2.0)])), event.clone()).unwrap();
    assert_eq!(events.iter().map(|event| event.data().unwrap()["total"].clone()).collect::<Vec<_>>(), [1.0, 2.0]);
    let answer = &events[0];
    assert_eq!((answer.source(), answer.subject(), answer.time()), ("com.order.place", "order/17", NOON));
    assert_eq!((answer.to(), answer.parentid()), (Some("com.shop.web"), Some("request-1")));
    assert_eq!((answer.accesscontrol(), answer.executionunits()), (Some("role:a"), Some(3.0)));
    assert_eq!((answer.dataschema(), answer.redirectto()), (Some("#/shop/order/2.0.0"), None));
    assert_ne!(events[0].id(), events[1].id());

    let events = execute(handler(|_| Ok(vec![placed(1.0)])), changed(json!({"redirectto": "com.elsewhere"}))).unwrap();
    assert_eq!((events[0].to(), events[0].redirectto()), (Some("com.elsewhere"), None));
}

#[test]
fn an_output_may_say_its_own_attributes() {
    let output = |_| {
        let output = placed(1.0).to("com.somebody").redirectto("com.me").accesscontrol("b").executionunits(0.0);
        let output = output.id(EventId::from("mine")).time("2020-01-01T00:00:00Z");
        Ok(vec![output.extension("tenant", Scalar::Text("acme".into()))])
    };
    let answer = &execute(handler(output), changed(json!({"accesscontrol": "a"}))).unwrap()[0];
    assert_eq!((answer.to(), answer.redirectto(), answer.id()), (Some("com.somebody"), Some("com.me"), "mine"));
    assert_eq!((answer.accesscontrol(), answer.executionunits()), (Some("b"), Some(0.0)));
    assert_eq!(answer.time(), "2020-01-01T00:00:00Z");
    assert_eq!(answer.extensions().next(), Some(("tenant", &Scalar::Text("acme".into()))));
}

#[test]
fn an_output_can_not_forge_what_the_execution_sets() {
    let forged = json!({"type": "evt.order.placed", "data": {"total": 1}, "source": "com.a.b", "subject": "x",
        "parentid": "p", "dataschema": "#/x/1.0.0", "datacontenttype": "text/plain", "specversion": "9",
        "traceparent": "fake", "tracestate": "fake"});
    let output = move |_| Ok(Output::take(forged.clone())?);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let trace = Headers { traceparent: Some("of-span".into()), tracestate: None };
    let handler = handler(output).build().unwrap();
    let events = runtime.block_on(handler.execute_with(request(json!({"id": "1"})), trace, &NoHost)).unwrap();
    let answer = &events[0];
    assert_eq!(
        (answer.source(), answer.subject(), answer.parentid()),
        ("com.order.place", "order/17", Some("request-1"))
    );
    assert_eq!((answer.dataschema(), answer.traceparent()), (Some("#/shop/order/2.0.0"), Some("of-span")));
    assert_eq!(answer.tracestate(), None);
}

#[test]
fn an_output_of_a_wrong_shape_breaks_the_contract_and_emits_nothing() {
    let good = || json!({"type": "evt.order.placed", "data": {"total": 1}});
    let with = |key: &str, value: Value| {
        let mut output = good();
        output[key] = value;
        output
    };
    for (returned, at) in [
        (with("type", json!("evt.order.lost")), ""),
        (with("type", json!("x")), ""),
        (with("type", json!(null)), "/type"),
        (with("type", json!(1)), "/type"),
        (with("data", json!({"total": "1"})), "/total"),
        (with("data", json!({})), "/total"),
        (with("data", json!(null)), ""),
        (with("data", json!([])), ""),
        (with("time", json!("now")), "/time"),
        (with("time", json!(1)), "/time"),
        (with("to", json!(1)), "/to"),
        (with("accesscontrol", json!("")), "/accesscontrol"),
        (with("executionunits", json!("many")), "/executionunits"),
        (with("id", json!({"deduplication": "NONE", "value": "x"})), "/id"),
        (with("domain", json!(["Human"])), "/domain"),
        (with("domain", json!([1])), "/domain"),
        (with("domain", json!({})), "/domain"),
        (with("__extensions", json!({"Bad": 1})), "/Bad"),
        (with("__extensions", json!({"deep": {}})), "/deep"),
        (with("__extensions", json!({"to": "x"})), "/to"),
        (with("__extensions", json!(1)), "/__extensions"),
    ] {
        let outputs = Output::take(json!([good(), returned])).unwrap();
        let violation = violation(execute(handler(move |_| Ok(outputs.clone())), request(json!({"id": "1"}))));
        assert!(matches!(violation, Violation::Contract(_)), "{returned}: {violation}");
        let paths: Vec<&str> = violation.issues().iter().map(|issue| issue.path.as_str()).collect();
        assert!(paths.contains(&at) || (at.is_empty() && paths.is_empty()), "{returned}: {violation} {paths:?}");
    }
    for (returned, found) in [
        (json!("done"), "text"),
        (json!(1), "a number"),
        (json!(true), "a boolean"),
        (json!([[]]), "a list"),
        (json!([null]), "null"),
    ] {
        assert_eq!(Output::take(returned.clone()).unwrap_err(), ContractFault::NoOutput { index: 0, found });
        let of_text = Output::read(&returned.to_string(), &Limits::DEFAULT).unwrap_err();
        assert_eq!(of_text, ContractFault::NoOutput { index: 0, found });
    }
}

#[test]
fn domains_are_the_outputs_else_the_handlers() {
    let of = |domains: Option<Vec<Domain>>, event: Value| -> Vec<Option<String>> {
        let output = move |_| {
            Ok(vec![match &domains {
                Some(domains) => placed(1.0).domains(domains.clone()),
                None => placed(1.0),
            }])
        };
        let handler = handler(output).emits_in([Domain::Named("of.handler".into())]);
        execute(handler, changed(event)).unwrap().iter().map(|event| event.domain().map(str::to_owned)).collect()
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(of(None, json!({})), [named("of.handler")]);
    assert_eq!(of(Some(vec![]), json!({})), []);
    let list = vec![Domain::FromSelfContract, Domain::Local, Domain::FromTriggeringEvent, Domain::FromEventContract];
    assert_eq!(of(Some(list), json!({"domain": "eu"})), [named("shop.orders"), None, named("eu")]);
}

#[test]
fn an_output_for_no_domain_is_not_judged() {
    let wrong = Output::new("evt.order.placed", json!({"total": "none"})).domains([]);
    let unknown = Output::new("evt.nobody.knows", json!({})).domains([]);
    assert_eq!(
        execute(handler(move |_| Ok(vec![wrong.clone(), unknown.clone()])), request(json!({"id": "1"}))).unwrap(),
        []
    );
}

#[test]
fn an_output_without_a_type_has_no_contract() {
    let output = |_: Input| Ok(Output::take(json!({"data": {"total": 1}}))?);
    let outcome = execute(handler(output), request(json!({"id": "1"})));
    let violation = violation(outcome);
    assert!(violation.to_string().ends_with("No contract available for undefined"), "{violation}");
    assert_eq!(violation.issues()[0].path, "/type");
}

#[test]
fn an_ordinary_error_becomes_system_errors_to_the_source() {
    let fail = |_| Err(ErrorReport::new("Timeout", "late").with_stack("at a()").into());
    let domains = [Domain::Local, Domain::FromSelfContract];
    let event = changed(json!({"redirectto": "com.elsewhere", "accesscontrol": "a"}));
    let events = execute(handler(fail).system_errors_in(domains), event).unwrap();
    assert_eq!(events.iter().map(Event::domain).collect::<Vec<_>>(), [None, Some("shop.orders")]);
    let error = &events[0];
    assert_eq!((error.type_(), error.to()), ("sys.com.order.place.error", Some("com.shop.web")));
    assert_eq!((error.subject(), error.parentid()), ("order/17", Some("request-1")));
    assert_eq!((error.executionunits(), error.accesscontrol()), (Some(3.0), Some("a")));
    assert_eq!(error.dataschema(), Some("#/shop/order/0.0.0"));
    assert_eq!(error.data().unwrap(), &json!({"errorName": "Timeout", "errorMessage": "late", "errorStack": "at a()"}));
    let events = execute(handler(|_| Err("just text".into())), request(json!({"id": "1"}))).unwrap();
    let data = json!({"errorName": "Error", "errorMessage": "just text", "errorStack": null});
    assert_eq!(events[0].data().unwrap(), &data);
}

#[test]
fn stacks_can_be_kept_inside() {
    let limits = Limits { error_stack: false, ..Limits::DEFAULT };
    let environment = Arc::new(arvo::Environment::system().with_limits(limits));
    let fail = |_| Err(ErrorReport::new("Timeout", "late").with_stack("at a()").into());
    let events = execute(handler(fail).environment(environment), request(json!({"id": "1"}))).unwrap();
    assert_eq!(events[0].data().unwrap()["errorStack"], Value::Null);
}

#[test]
fn a_violation_of_the_users_own_comes_back_as_itself() {
    #[derive(Debug, thiserror::Error)]
    #[error("mine")]
    struct Cause;

    let busy = UserViolation::new("RateLimited", "slow down").with_metadata(json!({"retryAfter": 5}));
    let raised = busy.clone();
    let failure = execute(handler(move |_| Err(raised.clone().into())), request(json!({"id": "1"}))).unwrap_err();
    assert_eq!(failure.user::<UserViolation>(), Some(&busy));
    assert_eq!(failure.to_string(), "ViolationError<RateLimited> slow down");
    assert!(failure.user::<Cause>().is_none());

    let own = Violation::Config(ConfigFault::UnknownVersion { version: "9".into(), available: vec![] });
    let raised = own.clone();
    let failure = execute(handler(move |_| Err(raised.clone().into())), request(json!({"id": "1"}))).unwrap_err();
    assert_eq!(failure.user::<Violation>(), Some(&own));

    let events = execute(handler(|_| Err(Cause.into())), request(json!({"id": "1"}))).unwrap();
    assert_eq!(events[0].data().unwrap()["errorMessage"], "mine", "an ordinary error stays one");
    let empty = |_| Err(UserViolation::new("", "m").into());
    assert_eq!(execute(handler(empty), request(json!({"id": "1"}))).unwrap()[0].type_(), "sys.com.order.place.error");
}

#[test]
fn a_handler_needs_a_function_for_each_version() {
    let missing = Handler::builder(&contract()).version("2.0.0", |_: Input| async { Ok(()) }).build().unwrap_err();
    assert_eq!(missing, HandlerError::MissingFunction { uri: "#/shop/order".into(), version: "1.0.0".into() });
    let endless = handler(|_| Ok(vec![])).executionunits(f64::NAN).build().unwrap_err();
    assert_eq!(endless, HandlerError::ExecutionUnits { uri: "#/shop/order".into() });
    let handler = handler(|_| Ok(vec![])).version("9.0.0", |_: Input| async { Ok(()) }).build().unwrap();
    assert_eq!((handler.source(), handler.contract().uri()), ("com.order.place", "#/shop/order"));
}

#[test]
fn the_last_function_given_for_a_version_counts() {
    let twice = handler(|_| Ok(vec![placed(1.0)])).version("2.0.0", |_: Input| async { Ok(placed(2.0)) });
    assert_eq!(execute(twice, request(json!({"id": "1"}))).unwrap()[0].data().unwrap()["total"], 2.0);
}

#[test]
fn the_default_domain_keeps_the_conversation_where_it_is() {
    let subject = |domain: &str| {
        let draft = Subject::root("arvo.orc.a", "com.a.b").domain(Some(domain));
        draft.build(&environment()).unwrap().encode()
    };
    let of = |event: Value| {
        execute(handler(|_| Ok(vec![placed(1.0)])), changed(event)).unwrap()[0].domain().map(str::to_owned)
    };
    assert_eq!(of(json!({})), None);
    assert_eq!(of(json!({"domain": "eu"})), None);
    assert_eq!(of(json!({"domain": "eu", "subject": subject("eu")})), None);
    assert_eq!(of(json!({"domain": "eu", "subject": subject("us")})).as_deref(), Some("us"));
    assert_eq!(of(json!({"subject": subject("us")})), None);
}

#[test]
fn an_event_of_another_origin_is_handled_too() {
    let foreign = json!({"id": "f", "source": "/sensors", "specversion": "1.0", "type": "com.order.place",
        "subject": "s", "time": NOON, "data": {"id": "1"}});
    let event = Event::parse_lenient(&foreign.to_string(), &Limits::DEFAULT).unwrap();
    let events = execute(handler(|_| Ok(vec![placed(1.0)])), event).unwrap();
    assert_eq!((events[0].to(), events[0].parentid()), (Some("/sensors"), Some("f")));
    let draft = EventDraft::new("com.a.b", "com.order.place").subject("s").data(json!({"id": "1"}));
    let event = draft.to("com.somebody.else").build(&environment()).unwrap();
    assert!(execute(handler(|_| Ok(vec![])), event).is_ok(), "whom it is for is not asked");
}
