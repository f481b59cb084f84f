//! The broker: order within a workflow, many workflows at once, many questions at once, what goes wrong.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use arvo::{
    Broker, BrokerError, Contract, Event, EventDraft, Handler, InMemory, Input, Output, Problem, Resumable,
    ResumableInput, Resumed,
};
use serde_json::{Value, json};

fn object() -> Value {
    json!({"type": "object"})
}

fn dice() -> Contract {
    Contract::simple("#/services/dice", "dice.roll").version("1.0.0", object(), object()).build().unwrap()
}

fn game() -> Contract {
    Contract::orchestrator("#/games/three", "game.three").version("1.0.0", object(), object()).build().unwrap()
}

/// Rolls three times, one after the other, then tells the sum.
fn player(memory: InMemory) -> Resumable {
    async fn play(input: ResumableInput) -> Result<Resumed, arvo::BoxError> {
        let roll = || Output::new("com.dice.roll", json!({}));
        let Some(rolled) = input.service() else { return Ok(Resumed::default().context(json!([])).service(roll())) };
        let mut pips: Vec<i64> = input.context()?.unwrap_or_default();
        pips.push(rolled.data()?["pips"].as_i64().unwrap_or_default());
        Ok(match pips.len() {
            3 => Resumed::default().output(json!({"total": pips.iter().sum::<i64>()})),
            _ => Resumed::default().context(json!(pips)).service(roll()),
        })
    }
    let builder = Resumable::builder(&game()).service("dice", &dice().latest()).version("1.0.0", play);
    builder.memory(memory).build().unwrap()
}

/// Lets others go first, as a service over the network does.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn dealer() -> Handler {
    let roll = |_: Input| async {
        pause().await;
        Ok(Output::new("evt.dice.roll.success", json!({"pips": 2})))
    };
    Handler::builder(&dice()).version("1.0.0", roll).build().unwrap()
}

fn start(source: &str, number: usize) -> Event {
    let draft = EventDraft::from_source(source).data(json!({"parentSubject$$": null, "number": number}));
    game().latest().factory().init(draft).unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn ten_thousand_workflows_at_once_all_end_each_in_its_order() {
    const WORKFLOWS: usize = 10_000;
    let memory = InMemory::new();
    let failures: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&failures);
    let broker = Broker::builder()
        .handler(&dealer())
        .resumable(&player(memory.clone()))
        .on_error(move |failure| told.lock().unwrap().push(failure.problem.to_string()))
        .build()
        .unwrap();
    // What ends goes to the shop, which is no handler: each end is told as an event that gets to nobody.
    for number in 0..WORKFLOWS {
        broker.publish(start("com.shop.web", number)).unwrap();
    }
    block_on(broker.run());
    assert_eq!(memory.len(), WORKFLOWS);
    let failures = failures.lock().unwrap();
    assert_eq!(failures.len(), WORKFLOWS);
    assert!(failures.iter().all(|failure| failure.contains("com.shop.web")), "{:?}", failures.first());
    let mut of: HashMap<String, Vec<String>> = HashMap::new();
    for event in broker.history() {
        of.entry(event.subject().to_owned()).or_default().push(event.type_().to_owned());
    }
    let roll = ["com.dice.roll", "evt.dice.roll.success"];
    let wanted: Vec<&str> = [&["arvo.orc.game.three"][..], &roll, &roll, &roll, &["arvo.orc.game.three.done"]].concat();
    assert_eq!(of.len(), WORKFLOWS);
    assert!(of.values().all(|types| *types == wanted));
}

#[test]
fn a_thousand_questions_from_one_source_each_get_their_own_answer() {
    let broker = Broker::builder().handler(&dealer()).resumable(&player(InMemory::new())).build().unwrap();
    block_on(async {
        let questions: Vec<Event> = (0..1000).map(|number| start("com.shop.web", number)).collect();
        let asked = questions.iter().map(|question| broker.resolve(question.clone()));
        let answers = futures_util::future::join_all(asked).await;
        for (question, answer) in questions.iter().zip(answers) {
            let answer = answer.unwrap().unwrap();
            assert_eq!((answer.parentid(), answer.subject()), (Some(question.id()), question.subject()));
            assert_eq!(answer.data().unwrap()["total"], 6);
        }
    });
    assert_eq!(broker.topics(), ["com.dice.roll", "arvo.orc.game.three"], "the questions have left nothing behind");
}

#[test]
fn a_question_may_be_asked_from_inside_a_handler() {
    let ask = Contract::simple("#/services/ask", "ask.dice").version("1.0.0", object(), object()).build().unwrap();
    let shared: Arc<Mutex<Option<Broker>>> = Arc::default();
    let inner = Arc::clone(&shared);
    let asker = Handler::builder(&ask)
        .version("1.0.0", move |_: Input| {
            let broker = inner.lock().unwrap().clone().unwrap();
            async move {
                let draft = EventDraft::from_source("com.ask.inside").data(json!({}));
                let answer = broker.resolve(dice().latest().factory().accepts(draft)?).await?.ok_or("no answer")?;
                Ok(Output::new("evt.ask.dice.success", answer.data()?.clone()))
            }
        })
        .build()
        .unwrap();
    let broker = Broker::builder().handler(&asker).handler(&dealer()).build().unwrap();
    *shared.lock().unwrap() = Some(broker.clone());
    let draft = EventDraft::from_source("com.shop.web").data(json!({}));
    let answer = block_on(broker.resolve(ask.latest().factory().accepts(draft).unwrap())).unwrap().unwrap();
    assert_eq!(answer.data().unwrap()["pips"], 2);
    *shared.lock().unwrap() = None; // the broker and its handler hold each other
}

#[test]
fn who_gives_up_a_question_leaves_its_work_to_the_others() {
    let broker = Broker::builder().handler(&dealer()).resumable(&player(InMemory::new())).build().unwrap();
    let waker = Waker::noop();
    let mut context = Context::from_waker(waker);
    {
        let mut given_up = Box::pin(broker.resolve(start("com.shop.web", 1)));
        assert!(given_up.as_mut().poll(&mut context).is_pending());
    }
    let answer = block_on(broker.resolve(start("com.shop.web", 2))).unwrap().unwrap();
    assert_eq!(answer.data().unwrap()["total"], 6);
    block_on(broker.run());
    let ended = broker.history().iter().filter(|event| event.type_() == "arvo.orc.game.three.done").count();
    assert_eq!(ended, 2, "the work of the one who gave up went on");
}

#[test]
fn a_handler_that_never_answers_holds_nobody_else_up() {
    let stuck = Contract::simple("#/services/stuck", "stuck.now").version("1.0.0", object(), object()).build().unwrap();
    let never = Handler::builder(&stuck)
        .version("1.0.0", |_: Input| async {
            std::future::pending::<()>().await;
            Ok(())
        })
        .build()
        .unwrap();
    let broker = Broker::builder().handler(&never).handler(&dealer()).build().unwrap();
    let draft = || EventDraft::from_source("com.shop.web").data(json!({}));
    block_on(async {
        let waiting = broker.resolve(stuck.latest().factory().accepts(draft()).unwrap());
        let limit = std::time::Duration::from_millis(20);
        let (stuck, answer) = tokio::join!(
            tokio::time::timeout(limit, waiting),
            broker.resolve(dice().latest().factory().accepts(draft()).unwrap())
        );
        assert!(stuck.is_err(), "its time is over");
        assert_eq!(answer.unwrap().unwrap().data().unwrap()["pips"], 2);
    });
}

#[test]
fn what_gets_to_nobody_is_told_and_a_full_queue_refuses() {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&told);
    let broker = Broker::builder()
        .handler(&dealer())
        .queue_limit(1)
        .on_error(move |failure| {
            assert!(matches!(failure.problem, Problem::Broker(_)));
            seen.lock().unwrap().push(format!("{}: {}", failure.event.id(), failure.problem));
        })
        .build()
        .unwrap();
    let draft = |id: &str| EventDraft::from_source("com.shop.web").id(id.into()).data(json!({}));
    let lost = dice().latest().factory().accepts(draft("1").to("com.no.body")).unwrap();
    broker.publish(lost.clone()).unwrap();
    assert_eq!(broker.publish(lost), Err(BrokerError::Full { limit: 1 }));
    block_on(broker.run());
    assert_eq!(*told.lock().unwrap(), ["1: No handlers registered for event type: com.no.body"]);
    let twice = Broker::builder().handler(&dealer()).handler(&dealer()).build().unwrap_err();
    assert_eq!(twice, BrokerError::Taken { topic: "com.dice.roll".to_owned() });
}

#[test]
fn answers_of_one_workflow_wait_for_each_other() {
    // Two calls at once: their answers arrive together, the workflow gets them one after the other.
    let both =
        Contract::orchestrator("#/games/both", "game.both").version("1.0.0", object(), object()).build().unwrap();
    let running = Arc::new(Mutex::new((0, 0)));
    let watch = Arc::clone(&running);
    let play = move |input: ResumableInput| {
        let watch = Arc::clone(&watch);
        async move {
            {
                let mut watch = watch.lock().unwrap();
                watch.0 += 1;
                watch.1 = watch.1.max(watch.0);
            }
            pause().await;
            watch.lock().unwrap().0 -= 1;
            if input.service().is_none() {
                let roll = || Output::new("com.dice.roll", json!({}));
                return Ok(Resumed::default().service(roll()).service(roll()));
            }
            let collected = input.collected("evt.dice.roll.success")?;
            Ok(if collected.len() == 2 { Resumed::default().output(json!({"rolls": 2})) } else { Resumed::default() })
        }
    };
    let player = Resumable::builder(&both).service("dice", &dice().latest()).version("1.0.0", play).build().unwrap();
    let broker = Broker::builder().handler(&dealer()).resumable(&player).build().unwrap();
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null}));
    let answer = block_on(broker.resolve(both.latest().factory().init(draft).unwrap())).unwrap().unwrap();
    assert_eq!(answer.data().unwrap()["rolls"], 2);
    assert_eq!(running.lock().unwrap().1, 1, "never two at a time");
    let types: BTreeMap<String, usize> = broker.history().iter().fold(BTreeMap::new(), |mut types, event| {
        *types.entry(event.type_().to_owned()).or_default() += 1;
        types
    });
    assert_eq!(types["evt.dice.roll.success"], 2);
}
