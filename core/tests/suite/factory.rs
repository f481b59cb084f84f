//! Factories: what they set, what they refuse, and the subjects that they make.

use std::sync::Arc;

use arvo::{
    ARVO_CONTENT_TYPE, Contract, Data, ErrorReport, EventDraft, Factory, FactoryError, Headers, Limits, Making, NoHost,
    Raised, Refused, Schema, SchemaHost, Subject, SubjectError, Token,
};
use serde_json::{Value, json};

use crate::support::{boom, contract, environment};

fn factory() -> Factory {
    contract().latest().factory().with_environment(environment())
}

fn draft(data: Value) -> EventDraft {
    EventDraft::from_source("com.shop.web").data(data)
}

fn flow() -> Factory {
    let init = json!({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]});
    let contract = Contract::orchestrator("#/flow", "order").version("1.0.0", init, json!({"type": "object"})).build();
    contract.unwrap().latest().factory().with_environment(environment())
}

fn subject(text: &str) -> Subject {
    Subject::parse(text, &Limits::DEFAULT).unwrap()
}

#[test]
fn type_dataschema_and_content_type_are_the_contracts_whatever_the_draft_says() {
    let given =
        draft(json!({"id": "1"})).type_("com.other.thing").dataschema("#/x/9.9.9").datacontenttype("text/plain");
    let event = factory().accepts(given).unwrap();
    assert_eq!(event.type_(), "com.order.place");
    assert_eq!(event.dataschema(), Some("#/shop/order/2.0.0"));
    assert_eq!(event.datacontenttype(), ARVO_CONTENT_TYPE);
    assert_eq!(event.domain(), None, "the contract's domain is not the event's");
}

#[test]
fn data_is_what_the_schema_makes_of_it() {
    let event = factory().accepts(draft(json!({"id": "1", "junk": true}))).unwrap();
    assert_eq!(event.data().unwrap(), &json!({"id": "1", "quantity": 1}));
}

#[test]
fn data_that_breaks_the_schema_is_refused_with_the_place() {
    let paths = |error: FactoryError| -> Vec<String> { error.issues().into_iter().map(|issue| issue.path).collect() };
    let error = factory().accepts(draft(json!({"quantity": 0}))).unwrap_err();
    assert!(error.to_string().starts_with("Accept Event data validation failed: "), "{error}");
    let mut found = paths(error);
    found.sort();
    assert_eq!(found, ["/id", "/quantity"]);
    let error = factory().emits(draft(json!({})).type_("evt.order.placed")).unwrap_err();
    assert!(matches!(error, FactoryError::Emits { .. }));
    assert_eq!(paths(error), ["/total"]);
    assert!(matches!(factory().accepts(EventDraft::from_source("com.a.b")), Err(FactoryError::Accepts { .. })));
    let error = factory().emits(draft(json!({})).type_("evt.order.lost")).unwrap_err();
    assert_eq!(error, FactoryError::UnknownEmit { type_name: "evt.order.lost".into() });
    assert!(matches!(flow().init(draft(json!({"n": 1}))), Err(FactoryError::Init { .. })));
}

#[test]
fn a_broken_attribute_is_refused_by_name() {
    let error = factory().accepts(draft(json!({"id": "1"})).subject("s").domain("No").time("now")).unwrap_err();
    let paths: Vec<String> = error.issues().into_iter().map(|issue| issue.path).collect();
    assert_eq!(paths, ["/time", "/domain"]);
    let error = factory().accepts(EventDraft::default().data(json!({"id": "1"}))).unwrap_err();
    assert!(matches!(&error, FactoryError::Event(event) if event.broken()[0].attribute == "source"), "{error}");
}

#[test]
fn a_new_subject_names_the_event_its_version_and_its_source() {
    let event = factory().accepts(draft(json!({"id": "1"})).redirectto("com.shop.mail").domain("eu")).unwrap();
    let made = subject(event.subject());
    assert_eq!((made.orchestrator(), made.version().as_str()), ("com.order.place", "2.0.0"));
    assert_eq!((made.initiator(), made.domain()), ("com.shop.web", Some("eu")));
    assert_eq!(made.meta()["redirectto"], "com.shop.mail");
    let event = factory().accepts(draft(json!({"id": "1"})).subject("given")).unwrap();
    assert_eq!(event.subject(), "given");
    let error = factory().accepts(EventDraft::from_source("shop").data(json!({"id": "1"}))).unwrap_err();
    assert!(matches!(error, FactoryError::Subject(SubjectError::Content { .. })), "the source must be a type: {error}");
    let late = |source: &str| factory().accepts(EventDraft::from_source(source).time("now").data(json!({"id": "1"})));
    assert!(matches!(late("shop"), Err(FactoryError::Subject(_))), "the subject is told first");
    let paths: Vec<String> = late("com.shop.web").unwrap_err().issues().into_iter().map(|issue| issue.path).collect();
    assert_eq!(paths, ["/time"], "no subject is missing: it is made");
}

#[test]
fn an_init_event_with_a_parent_gets_a_subject_inside_it() {
    let parent = Subject::root("arvo.orc.parent", "com.shop.root").domain(Some("eu")).meta("team", "red");
    let parent = parent.build(&environment()).unwrap();
    let event = flow().init(draft(json!({"parentSubject$$": parent.encode(), "n": 1}))).unwrap();
    let child = subject(event.subject());
    assert_eq!((child.initiator(), child.domain()), ("arvo.orc.parent", Some("eu")));
    assert_eq!((child.meta()["team"].as_str(), child.meta()["redirectto"].as_str()), ("red", "com.shop.root"));
    let event = flow().init(draft(json!({"parentSubject$$": null, "n": 1}))).unwrap();
    assert_eq!(subject(event.subject()).initiator(), "com.shop.web");
    let error = flow().init(draft(json!({"parentSubject$$": "garbage", "n": 1}))).unwrap_err();
    assert!(matches!(error, FactoryError::Subject(SubjectError::Unreadable { .. })), "{error}");
}

#[test]
fn only_orchestrator_contracts_begin_and_end_workflows() {
    assert_eq!(factory().init(draft(json!({}))), Err(FactoryError::NotOrchestrator));
    assert_eq!(factory().complete(draft(json!({}))), Err(FactoryError::NotOrchestrator));
    assert_eq!(flow().complete(draft(json!({}))).unwrap().type_(), "arvo.orc.order.done");
}

#[test]
fn a_system_error_carries_the_wildcard_and_three_members() {
    let event = factory().system_error(draft(json!({"ignored": 1})), &ErrorReport::new("Timeout", "late")).unwrap();
    assert_eq!(event.type_(), "sys.com.order.place.error");
    assert_eq!(event.dataschema(), Some("#/shop/order/0.0.0"));
    assert_eq!(event.data().unwrap(), &json!({"errorName": "Timeout", "errorMessage": "late", "errorStack": null}));
}

#[test]
fn trace_headers_are_the_drafts_else_the_factorys() {
    let trace = Headers { traceparent: Some("of-span".into()), tracestate: Some("a=b".into()) };
    let factory = factory().with_trace(trace);
    let event = factory.accepts(draft(json!({"id": "1"}))).unwrap();
    assert_eq!((event.traceparent(), event.tracestate()), (Some("of-span"), Some("a=b")));
    let event = factory.accepts(draft(json!({"id": "1"})).traceparent("given")).unwrap();
    assert_eq!((event.traceparent(), event.tracestate()), (Some("given"), Some("a=b")));
}

/// A host whose schema fails instead of judging, and whose objects are all the same text.
struct Failing;

impl SchemaHost for Failing {
    fn validate(&self, _: u32, _: &Data) -> Result<Option<Data>, Refused> {
        Err(Refused::Raised(boom()))
    }
    fn text(&self, _: Token) -> Result<Arc<str>, Raised> {
        Ok("{}".into())
    }
}

#[test]
fn a_host_schema_that_fails_is_told_from_one_that_refuses() {
    let schema = Schema::host(1, json!({"type": "object"}));
    let none: [(&str, Schema); 0] = [];
    let contract = Contract::builder("#/h", "com.host.schema").version("1.0.0", schema, none).build().unwrap();
    let error = contract.latest().factory().make(Making::Accepts, draft(json!({})), &Failing).unwrap_err();
    assert!(matches!(&error, FactoryError::Schema { raised, .. } if raised.token == Token(7)), "{error}");
    assert!(contract.latest().factory().make(Making::Accepts, draft(json!({})), &NoHost).is_err());
}

#[test]
fn data_of_a_host_needs_the_call_that_takes_one() {
    let error = flow().complete(EventDraft::from_source("com.a.b").data(Data::Host(Token(3)))).unwrap_err();
    assert!(!error.to_string().is_empty());
    let object = json!({"type": "object"});
    let contract = Contract::simple("#/s", "a.b").version("1.0.0", object.clone(), object).build().unwrap();
    let draft = EventDraft::from_source("com.a.b").data(Data::Host(Token(3)));
    let made = contract.latest().factory().make(Making::Accepts, draft, &Failing).unwrap();
    let event = made.event_by(&Limits::DEFAULT, |token| Failing.text(token)).unwrap();
    assert_eq!(event.data_text(), "{}");
}
