//! Responses that a workflow collects, judged by a schema of the host: each once, by its own data.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::{
    Answer, Contract, Data, Environment, Event, EventDraft, Execution, Headers, InMemory, Output, Plan, Raised,
    Refused, ResumableSpec, Resumed, Schema, SchemaHost, SchemasOnly, Step, Token, Turn,
};
use serde_json::{Value, json};

/// Doubles `n`, and keeps what it gives as objects of its own.
#[derive(Default)]
struct Doubling {
    consumed: RefCell<Value>,
    objects: RefCell<Vec<Value>>,
}

impl SchemaHost for Doubling {
    fn validate(&self, _: u32, data: &Data) -> Result<Option<Data>, Refused> {
        let n = match data {
            Data::Value(value) => value["n"].as_i64(),
            Data::Host(Token::CONSUMED) => self.consumed.borrow()["n"].as_i64(),
            other => panic!("not the data of an event: {other:?}"),
        };
        let mut objects = self.objects.borrow_mut();
        objects.push(json!({"n": n.unwrap() * 2}));
        Ok(Some(Data::Host(Token(u32::try_from(objects.len() - 1).unwrap()))))
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Ok(self.objects.borrow()[token.0 as usize].to_string().into())
    }
}

#[test]
fn responses_judged_by_a_host_schema_are_each_their_own() {
    let object = || json!({"type": "object"});
    let ask = Contract::simple("#/services/ask", "ask.it")
        .version("1.0.0", object(), Schema::host(7, object()))
        .build()
        .unwrap();
    let flow = Contract::orchestrator("#/flows/ask", "ask").version("1.0.0", object(), object()).build().unwrap();
    let spec =
        ResumableSpec { services: vec![("ask".to_owned(), ask.latest())], ..ResumableSpec::new(&flow, ["1.0.0"]) };
    let (plan, environment) = (Plan::resumable(spec).unwrap(), Arc::new(Environment::system()));
    let (memory, host) = (InMemory::new(), Doubling::default());
    let collected: RefCell<Vec<i64>> = RefCell::default();
    let run = |event: Event| {
        *host.consumed.borrow_mut() = event.data().unwrap().clone();
        let mut turn = Execution::start(&plan, &environment, event, Headers::default(), &SchemasOnly(&host));
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => return outcome.unwrap(),
                Turn::Step(execution, step, _) => (execution, step),
            };
            let answer = match &step {
                Step::Call(call) => {
                    let workflow = call.workflow.as_ref().unwrap();
                    let events = workflow.collected.events(&host).unwrap();
                    *collected.borrow_mut() =
                        events.iter().map(|event| event.data().unwrap()["n"].as_i64().unwrap()).collect();
                    let it = || Output::new("com.ask.it", json!({}));
                    let next = Resumed::default();
                    Answer::Resumed(if workflow.is_init { next.service(it()).service(it()) } else { next })
                }
                step => step.answer_in_process(Some(&memory), &environment).unwrap(),
            };
            turn = execution.answer(answer, &SchemasOnly(&host)).unwrap();
        }
    };
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null}));
    let calls = run(flow.latest().factory().init(draft).unwrap());
    for (call, n) in calls.iter().zip([5, 7]) {
        let call = call.event().unwrap();
        let reply = EventDraft::new("com.ask.it", "evt.ask.it.success")
            .subject(call.subject())
            .to("arvo.orc.ask")
            .parentid(call.id())
            .dataschema("#/services/ask/1.0.0")
            .data(json!({"n": n}));
        run(reply.build(&environment).unwrap());
    }
    assert_eq!(*collected.borrow(), [10, 14]);
}
