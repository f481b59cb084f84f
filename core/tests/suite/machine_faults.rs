//! A fault at every step of a parallel machine with two services and a child, and in every one of its functions:
//! afterwards a retry brings the same end, or the workflow has failed and keeps where it stood.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, LazyLock};

use arvo::statechart::{Args, ChartHost, Check, ContextView, Error, FnRef};
use arvo::{
    Answer, Call, Data, Event, Host, Machine, MachineSpec, OrchestratorSpec, Output, Plan, Raised, Refused, Run,
    SchemaHost, Token, ViolationKind,
};
use serde_json::{Value, json};

use crate::world::{Fault, Play, World, flow, handler, order_of, service};

const STORIES: [Story; 3] = [Story::Success, Story::ServiceError, Story::ChildFails];
const FAULTS: [Fault; 3] = [Fault::Fail, Fault::Drop, Fault::Delay];

/// What the services do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Story {
    /// All goes well.
    Success,
    /// A service fails, and the machine copes with its system error.
    ServiceError,
    /// The child's service fails, the child with it, and the machine copes.
    ChildFails,
}

/// What the function that is called at a planned point does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Failing {
    Violation,
    Error,
}

/// Stock, payment and shipment at the same time; the shipment is a workflow of its own.
struct Orders {
    story: Story,
    functions: Functions,
}

fn order() -> Machine {
    let region = |ask: Value, good: &str, bad: &str| {
        json!({
            "initial": "asking",
            "states": {
                "asking": {
                    "entry": ask,
                    "on": {
                        good: {"target": "over", "guard": {"$fn": "guard"}, "actions": [{"$fn": "act"}, {"assign": {"$fn": "assign"}}]},
                        bad: {"target": "over", "actions": {"enqueueActions": {"$fn": "collect"}}},
                    },
                },
                "over": {"type": "final"},
            },
        })
    };
    let ask = |type_: &str| json!({"emit": {"$fn": type_}});
    let ship = json!({"emit": {"type": "arvo.orc.ship", "data": {"parentSubject$$": {"$": "event.input.subject"}}}});
    let definition = json!({
        "id": "order", "context": {"$fn": "context"}, "initial": "asking",
        "states": {
            "asking": {
                "type": "parallel", "onDone": "over",
                "states": {
                    "stock": region(ask("com.stock.run"), "evt.stock.run.success", "sys.com.stock.run.error"),
                    "pay": region(ask("com.pay.run"), "evt.pay.run.success", "sys.com.pay.run.error"),
                    "ship": region(ship, "arvo.orc.ship.done", "sys.arvo.orc.ship.error"),
                },
            },
            "over": {"type": "final", "exit": {"$fn": "act"}},
        },
        "output": {"$fn": "output"},
    });
    let spec = MachineSpec::new(&flow("order").latest(), definition)
        .service("stock", &service("stock").latest())
        .service("pay", &service("pay").latest())
        .service("ship", &flow("ship").latest());
    Machine::compile(spec).unwrap()
}

fn ship() -> Machine {
    let definition = json!({
        "id": "ship", "context": {}, "initial": "asking",
        "states": {
            "asking": {
                "entry": {"emit": {"type": "com.label.run", "data": {}}},
                "on": {
                    "evt.label.run.success": {"target": "over", "guard": {"$fn": "guard"}},
                    "sys.com.label.run.error": {"actions": {"fail": "no label"}},
                },
            },
            "over": {"type": "final"},
        },
        "output": {"$fn": "output"},
    });
    let spec = MachineSpec::new(&flow("ship").latest(), definition).service("label", &service("label").latest());
    Machine::compile(spec).unwrap()
}

static PLANS: LazyLock<Vec<Arc<Plan>>> = LazyLock::new(|| {
    let child = OrchestratorSpec { locking: Some(true), ..OrchestratorSpec::new([ship()]) };
    let workflows = [OrchestratorSpec::new([order()]), child].map(|spec| Plan::orchestrator(spec).unwrap());
    ["stock", "pay", "label"].map(handler).into_iter().chain(workflows).collect()
});

impl Play for Orders {
    fn plans(&self) -> &[Arc<Plan>] {
        &PLANS
    }

    fn init(&self) -> Event {
        order_of(&flow("order"))
    }

    fn answer(&mut self, event: &Event, _: &Call) -> Answer {
        match (self.story, event.type_()) {
            (Story::ServiceError, "com.pay.run") | (Story::ChildFails, "com.label.run") => {
                Answer::Raised(Raised::error(Token(0), "Error", "no"))
            }
            (_, asked) => {
                let answer = asked.replacen("com.", "evt.", 1) + ".success";
                Answer::Returned(vec![Output::new(answer, json!({"of": asked}))])
            }
        }
    }

    fn host(&self) -> &dyn Host {
        &self.functions
    }
}

/// The functions of both machines; those named like a type make an event of it. They are counted, and one call may be planned to fail.
#[derive(Default)]
struct Functions {
    planned: Option<(usize, Failing)>,
    calls: Cell<usize>,
    /// Which function has failed.
    hit: RefCell<Option<String>>,
    /// The event that the machine is given.
    event: RefCell<Value>,
}

impl Functions {
    fn call(&self, function: &FnRef) -> Result<(), Raised> {
        let at = self.calls.replace(self.calls.get() + 1);
        let Some((_, failing)) = self.planned.filter(|(planned, _)| *planned == at) else { return Ok(()) };
        *self.hit.borrow_mut() = Some(function.to_string());
        let raised = Raised::error(Token(0), "Busy", "not now");
        Err(Raised { violation: (failing == Failing::Violation).then_some(ViolationKind::Custom), ..raised })
    }
}

impl SchemaHost for Functions {
    fn validate(&self, _: u32, _: &Data) -> Result<Option<Data>, Refused> {
        unreachable!("the contracts have no schemas of the host")
    }

    fn text(&self, _: Token) -> Result<Arc<str>, Raised> {
        unreachable!("no data is the host's")
    }
}

impl ChartHost for Functions {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        self.call(function)?;
        let FnRef::Name(name) = function else { unreachable!("all functions have names") };
        let value = match &**name {
            "context" => json!({}),
            "guard" => json!(true),
            "assign" => json!({(args.event.unwrap().type_name()): true}),
            "output" => {
                let ContextView::Value(context) = args.context else { unreachable!("the chart holds the context") };
                let mut seen: Vec<&String> = context.as_object().unwrap().keys().collect();
                seen.sort_unstable(); // answers come in any order
                json!({"seen": seen})
            }
            type_ => json!({"type": type_, "data": {}}),
        };
        Ok(Some(value.into()))
    }

    fn act(&self, function: &FnRef, _: Args<'_>) -> Result<(), Raised> {
        self.call(function)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        self.call(function).map_err(Error::Host)?;
        assert!(check.passes(&json!({"stateIn": "asking"}))?);
        Ok(vec![json!({"assign": {(args.event.unwrap().type_name()): false}})])
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        assert_eq!(token, Token::CONSUMED);
        Ok(self.event.borrow().clone())
    }
}

impl Host for Functions {
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        *self.event.borrow_mut() = run.event_json(self)?;
        Ok(())
    }
}

fn orders(story: Story, planned: Option<(usize, Failing)>) -> Orders {
    Orders { story, functions: Functions { planned, ..Functions::default() } }
}

fn ended(mut world: World<Orders>) -> World<Orders> {
    world.run();
    assert_eq!(world.returned.len(), 1, "one end: {:?}, {:?}", world.end(), world.failures);
    world
}

fn undisturbed(story: Story) -> World<Orders> {
    ended(World::new(orders(story, None), None))
}

#[test]
fn the_stories_end_differently() {
    let [good, no_money, no_label] = STORIES.map(|story| undisturbed(story).end()[0]["data"].clone());
    assert_eq!(good, json!({"seen": ["arvo.orc.ship.done", "evt.pay.run.success", "evt.stock.run.success"]}));
    assert_eq!(no_money, json!({"seen": ["arvo.orc.ship.done", "evt.stock.run.success", "sys.com.pay.run.error"]}));
    assert_eq!(no_label, json!({"seen": ["evt.pay.run.success", "evt.stock.run.success", "sys.arvo.orc.ship.error"]}));
}

#[test]
fn a_fault_at_any_step_of_any_story_changes_nothing_of_its_end() {
    let mut points = 0;
    for story in STORIES {
        let wanted = undisturbed(story).end();
        for fault in FAULTS {
            for at in 0.. {
                let world = ended(World::new(orders(story, None), Some((at, fault))));
                if !world.hit {
                    assert!(at > 10, "past the last step: each has had its fault");
                    break;
                }
                points += 1;
                assert_eq!(world.end(), wanted, "{story:?}, {fault:?} at step {at}: {:?}", world.failures);
            }
        }
    }
    assert!(points >= 200, "only {points} points");
}

#[test]
fn a_violation_in_any_function_is_tried_again_and_leaves_no_trace() {
    for story in STORIES {
        let wanted = undisturbed(story).end();
        for at in 0.. {
            let world = ended(World::new(orders(story, Some((at, Failing::Violation))), None));
            let Some(function) = world.play.functions.hit.borrow().clone() else { break };
            assert_eq!(world.failures.len(), 1, "{story:?}, {function}, call {at}: told once");
            assert_eq!(world.end(), wanted, "{story:?}, {function}, call {at}");
        }
    }
}

#[test]
fn an_error_in_any_function_fails_the_workflow_which_keeps_where_it_stood() {
    let mut failed = std::collections::BTreeSet::new();
    for story in STORIES {
        for at in 0.. {
            let world = ended(World::new(orders(story, Some((at, Failing::Error))), None));
            let Some(function) = world.play.functions.hit.borrow().clone() else { break };
            let place = format!("{story:?}, {function}, call {at}");
            assert!(world.failures.is_empty(), "{place}: an event tells, no violation");
            let record = world.kept(world.returned[0].subject());
            let end = &world.end()[0];
            if record["executionStatus"] == "normal" {
                let seen = end["data"]["seen"].to_string();
                assert!(
                    seen.contains("sys.arvo.orc.ship.error"),
                    "{place}: the child failed, its parent coped: {seen}"
                );
                continue;
            }
            assert_eq!(end["type"], "sys.arvo.orc.order.error", "{place}");
            let message = record["error"]["message"].as_str().unwrap();
            assert!(message.ends_with("not now"), "{place}: {message}");
            assert_eq!(end["data"]["errorMessage"], message, "{place}");
            let previous = &record["previous"];
            if previous.is_null() {
                assert!(
                    ["context", "com.stock.run", "com.pay.run"].contains(&&*function),
                    "{place}: only the first step has nothing to keep"
                );
            } else {
                assert_eq!(previous["executionStatus"], "normal", "{place}");
                assert!(previous["state"]["value"]["asking"]["stock"].is_string(), "{place}: {previous}");
            }
            failed.insert(function);
        }
    }
    let all = ["act", "assign", "collect", "com.pay.run", "com.stock.run", "context", "guard", "output"];
    assert_eq!(Vec::from_iter(failed), all);
}

#[test]
fn an_event_that_comes_twice_changes_nothing_of_the_end() {
    for story in STORIES {
        let world = ended(World::redelivering(orders(story, None)));
        assert_eq!(world.end(), undisturbed(story).end(), "{story:?}");
        assert!(world.failures.is_empty(), "{story:?}: {:?}", world.failures);
    }
}

#[test]
fn a_workflow_that_somebody_else_has_locked_is_left_alone_until_later() {
    for story in STORIES {
        let world = ended(World::contended(orders(story, None)));
        assert_eq!(world.end(), undisturbed(story).end(), "{story:?}");
        assert!(world.failures.len() >= 5, "{story:?}: {:?}", world.failures);
    }
}
