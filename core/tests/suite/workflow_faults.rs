//! A fault at every single step of whole workflows: afterwards a retry brings the same end as the undisturbed run.

use std::sync::{Arc, LazyLock};

use arvo::{
    Answer, Call, Data, Event, Host, NoHost, Output, Plan, Raised, ResumableSpec, Resumed, Token, ViolationKind,
};
use serde_json::{Value, json};

use crate::world::{Fault, Play, World, flow, handler, order_of, service};

const STORIES: [Story; 4] = [Story::Success, Story::ServiceError, Story::WorkflowError, Story::Violation];
const FAULTS: [Fault; 3] = [Fault::Fail, Fault::Drop, Fault::Delay];

/// What the services do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Story {
    /// All goes well.
    Success,
    /// A service fails, and the workflow copes with its system error.
    ServiceError,
    /// The workflow's own function fails.
    WorkflowError,
    /// The workflow's function raises a violation the first time.
    Violation,
}

/// A workflow with two services, then a child with one of its own.
struct Orders {
    story: Story,
    violated: bool,
}

static PLANS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    let services = |list: [arvo::Contract; 3]| {
        list.iter().map(|contract| (contract.uri().to_owned(), contract.latest())).collect::<Vec<_>>()
    };
    let order = ResumableSpec {
        services: services([service("stock"), service("pay"), flow("ship")]),
        ..ResumableSpec::new(&flow("order"), ["1.0.0"])
    };
    let ship = ResumableSpec {
        services: vec![("label".to_owned(), service("label").latest())],
        locking: Some(true),
        ..ResumableSpec::new(&flow("ship"), ["1.0.0"])
    };
    let workflows = [order, ship].map(|spec| Plan::resumable(spec).unwrap());
    ["stock", "pay", "label"].map(handler).into_iter().chain(workflows).collect()
});

impl Play for Orders {
    fn plans(&self) -> &[Arc<Plan>] {
        &PLANS
    }

    fn init(&self) -> Event {
        order_of(&flow("order"))
    }

    fn answer(&mut self, event: &Event, call: &Call) -> Answer {
        if call.workflow.is_none() { self.serve(event) } else { self.resume(event, call) }
    }

    fn host(&self) -> &dyn Host {
        &NoHost
    }
}

impl Orders {
    fn serve(&self, event: &Event) -> Answer {
        if self.story == Story::ServiceError && event.type_() == "com.pay.run" {
            return Answer::Raised(Raised::error(Token(0), "Error", "no money"));
        }
        let answer = event.type_().replacen("com.", "evt.", 1) + ".success";
        Answer::Returned(vec![Output::new(answer, json!({"of": event.type_()}))])
    }

    fn resume(&mut self, event: &Event, call: &Call) -> Answer {
        // Like any user's code here, it may run twice for one event: it gives the same then.
        let first = match call.workflow.as_ref().and_then(|workflow| workflow.context.as_ref()) {
            Some(Data::Value(value)) => value["first"].clone(),
            Some(Data::Text(text)) => serde_json::from_str::<Value>(text).unwrap()["first"].clone(),
            _ => event.type_().into(),
        };
        let next = Resumed::default().context(json!({"first": first}));
        let call_of = |type_: &str| Output::new(type_, json!({}));
        Answer::Resumed(match event.type_() {
            "arvo.orc.order" => next.service(call_of("com.stock.run")),
            "evt.stock.run.success" if self.story == Story::Violation && !self.violated => {
                self.violated = true;
                let raised = Raised::error(Token(0), "ViolationError<Busy>", "ViolationError<Busy> not now");
                return Answer::Raised(Raised { violation: Some(ViolationKind::Custom), ..raised });
            }
            "evt.stock.run.success" => next.service(call_of("com.pay.run")),
            "evt.pay.run.success" => {
                next.service(Output::new("arvo.orc.ship", json!({"parentSubject$$": event.subject()})))
            }
            "sys.com.pay.run.error" => next.output(json!({"paid": false, "first": first})),
            "arvo.orc.ship" if self.story == Story::WorkflowError => {
                return Answer::Raised(Raised::error(Token(0), "Error", "no ship"));
            }
            "arvo.orc.ship" => next.service(call_of("com.label.run")),
            "evt.label.run.success" => next.output(json!({"label": "L", "first": first})),
            "arvo.orc.ship.done" => next.output(json!({"shipped": event.data().unwrap(), "first": first})),
            "sys.arvo.orc.ship.error" => next.output(json!({"shipped": null, "first": first})),
            other => panic!("nobody sends {other} to a workflow"),
        })
    }
}

fn ended(story: Story, fault: Option<(usize, Fault)>) -> World<Orders> {
    let mut world = World::new(Orders { story, violated: false }, fault);
    world.run();
    world
}

#[test]
fn a_fault_at_any_step_of_any_story_changes_nothing_of_its_end() {
    let mut points = 0;
    for story in STORIES {
        let undisturbed = ended(story, None);
        assert_eq!(undisturbed.returned.len(), 1, "{story:?} has one end: {:?}", undisturbed.end());
        for fault in FAULTS {
            for at in 0.. {
                let world = ended(story, Some((at, fault)));
                if !world.hit {
                    assert!(at > 10, "past the last step: each has had its fault");
                    break;
                }
                points += 1;
                assert_eq!(world.end(), undisturbed.end(), "{story:?}, {fault:?} at step {at}: {:?}", world.failures);
            }
        }
    }
    assert!(points >= 200, "only {points} points");
}

#[test]
fn the_stories_end_differently() {
    let ends = STORIES.map(|story| ended(story, None).end()[0]["data"].to_string());
    assert_ne!(ends[0], ends[1]);
    assert_ne!(ends[0], ends[2]);
    assert_eq!(ends[0], ends[3], "a violation is tried again and leaves no trace");
}
