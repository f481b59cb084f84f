//! The completion of a workflow, as the core makes it and as a function sends it by hand: it goes to the same place.

use arvo::{Contract, Event, EventDraft, Handler, Output, Resumable, ResumableInput, Resumed};
use serde_json::{Value, json};

const DONE: &str = "arvo.orc.ask.done";

fn object() -> Value {
    json!({"type": "object"})
}

fn flow() -> Contract {
    let complete = json!({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]});
    Contract::orchestrator("#/flows/ask", "ask").version("1.0.0", object(), complete).build().unwrap()
}

fn service() -> Contract {
    Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build().unwrap()
}

/// Asks a service, then ends as `end` says.
fn asking(end: fn() -> Resumed) -> Resumable {
    Resumable::builder(&flow())
        .service("add", &service().latest())
        .version("1.0.0", move |input: ResumableInput| async move {
            let asks = input.event.type_() == "arvo.orc.ask";
            Ok(if asks { Resumed::default().service(Output::new("com.calc.add", json!({}))) } else { end() })
        })
        .build()
        .unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn init(parent: Option<&str>) -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": parent}));
    flow().latest().factory().init(draft).unwrap()
}

/// What the second step of a workflow with a parent gives.
fn ended(end: fn() -> Resumed) -> (Event, Event, Vec<Event>) {
    let (workflow, parent) = (asking(end), init(None));
    let add = Handler::builder(&service())
        .version("1.0.0", |_| async { Ok(Output::new("evt.calc.add.success", json!({}))) })
        .build()
        .unwrap();
    let begun = init(Some(parent.subject()));
    let call = run(workflow.execute(begun.clone())).unwrap().remove(0);
    let answer = run(add.execute(call)).unwrap().remove(0);
    (parent, begun, run(workflow.execute(answer)).unwrap())
}

#[test]
fn sent_by_hand_it_goes_to_the_parent_as_well() {
    let by_hand = || Resumed::default().service(Output::new(DONE, json!({"n": 1})));
    for end in [by_hand, || Resumed::default().output(json!({"n": 1}))] {
        let (parent, begun, events) = ended(end);
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((event.type_(), event.data().unwrap()), (DONE, &json!({"n": 1})));
        assert_eq!((event.subject(), event.parentid()), (parent.subject(), Some(begun.id())));
    }
}

#[test]
fn for_no_domain_nothing_is_judged() {
    let wrong: [fn() -> Resumed; 3] = [
        || Resumed::default().service(Output::new(DONE, json!({"n": "none"})).domains([])),
        || Resumed::default().service(Output::new("com.calc.add", json!(7)).domains([])),
        || Resumed::take(json!({"output": {"n": "none", "__domain": []}})).unwrap(),
    ];
    for end in wrong {
        assert_eq!(ended(end).2, []);
    }
}
