//! The broker between threads: whoever waits is woken, whoever asks gets their own answer, nobody waits for ever.
//! Shuttle itself fails a schedule at whose end every thread sleeps.

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use arvo::{Contract, Event, EventDraft, Handler, InMemory, Input, Output, Resumable, ResumableInput, Resumed};
use serde_json::json;
use shuttle::future::block_on;
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

use crate::broker::{Broker, BrokerError, Problem};
use crate::in_every_turn;

static DICE: LazyLock<Contract> = LazyLock::new(|| {
    let object = || json!({"type": "object"});
    Contract::simple("#/services/dice", "dice.roll").version("1.0.0", object(), object()).build().unwrap()
});

static COURIER: LazyLock<Contract> = LazyLock::new(|| {
    let none: [(&str, serde_json::Value); 0] = [];
    let contract = Contract::builder("#/services/courier", "com.courier.bring");
    contract.version("1.0.0", json!({"type": "object"}), none).build().unwrap()
});

static GAME: LazyLock<Contract> = LazyLock::new(|| {
    let object = || json!({"type": "object"});
    Contract::orchestrator("#/games/one", "game.one").version("1.0.0", object(), object()).build().unwrap()
});

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

/// Gives back the number that it is asked with.
static DEALER: LazyLock<Handler> = LazyLock::new(|| {
    let roll = |input: Input| async move {
        pause().await;
        Ok(Output::new("evt.dice.roll.success", input.event.data()?.clone()))
    };
    Handler::builder(&DICE).version("1.0.0", roll).build().unwrap()
});

/// Asks the dealer once, then ends with the answer.
fn player() -> Resumable {
    async fn play(input: ResumableInput) -> Result<Resumed, arvo::BoxError> {
        Ok(match input.service() {
            None => {
                let number = input.event.data()?["number"].clone();
                Resumed::default().service(Output::new("com.dice.roll", json!({"number": number})))
            }
            Some(rolled) => Resumed::default().output(json!({"number": rolled.data()?["number"]})),
        })
    }
    let builder = Resumable::builder(&GAME).service("dice", &DICE.latest()).version("1.0.0", play);
    builder.memory(InMemory::new()).build().unwrap()
}

fn broker() -> Broker {
    Broker::builder().handler(&DEALER).build().unwrap()
}

fn question(number: usize) -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(json!({"number": number}));
    DICE.latest().factory().accepts(draft.subject("order/1")).unwrap()
}

fn game(number: usize) -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null, "number": number}));
    GAME.latest().factory().init(draft).unwrap()
}

fn number_of(event: &Event) -> usize {
    serde_json::from_value(event.data().unwrap()["number"].clone()).unwrap()
}

/// Something that one waits for and somebody else brings.
#[derive(Clone, Default)]
struct Parcel(Arc<Mutex<(bool, Option<Waker>)>>);

impl Parcel {
    fn bring(&self) {
        let waiting = {
            let mut parcel = self.0.lock().unwrap();
            parcel.0 = true;
            parcel.1.take()
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn arrival(self) {
        std::future::poll_fn(|context| {
            let mut parcel = self.0.lock().unwrap();
            parcel.1 = Some(context.waker().clone());
            if parcel.0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// A dealer who rolls when the parcel is there.
    fn awaited(&self) -> Handler {
        let parcel = self.clone();
        let roll = move |input: Input| {
            let parcel = parcel.clone();
            async move {
                parcel.arrival().await;
                Ok(Output::new("evt.dice.roll.success", input.event.data()?.clone()))
            }
        };
        Handler::builder(&DICE).version("1.0.0", roll).build().unwrap()
    }

    /// A courier who brings it when told to.
    fn brought(&self) -> Handler {
        let parcel = self.clone();
        let bring = move |_: Input| {
            parcel.bring();
            async { Ok(()) }
        };
        Handler::builder(&COURIER).version("1.0.0", bring).build().unwrap()
    }
}

fn delivery() -> Event {
    let draft = EventDraft::from_source("com.shop.web").subject("order/1").data(json!({}));
    COURIER.latest().factory().accepts(draft).unwrap()
}

/// Asks from a thread of its own; the answer must be its own too.
fn asking(broker: &Broker, number: usize) -> thread::JoinHandle<()> {
    let broker = broker.clone();
    thread::spawn(move || {
        let answer = block_on(broker.resolve(question(number))).unwrap().unwrap();
        assert_eq!(number_of(&answer), number);
    })
}

fn joined(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Looks once at what it waits for, then goes away.
fn give_up_after_one_look<T>(waiting: impl Future<Output = T>) {
    let _ = pin!(waiting).poll(&mut Context::from_waker(Waker::noop()));
}

#[test]
fn questions_from_several_threads_each_get_their_own_answer() {
    in_every_turn(1000, || {
        let broker = broker();
        joined((0..3).map(|number| asking(&broker, number)).collect::<Vec<_>>());
        assert_eq!((broker.queued(), broker.history().len()), (0, 6));
    });
}

#[test]
fn workflows_that_are_asked_for_from_several_threads_all_end() {
    in_every_turn(300, || {
        let broker = Broker::builder().handler(&DEALER).resumable(&player()).build().unwrap();
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let broker = broker.clone();
                thread::spawn(move || {
                    let answer = block_on(broker.resolve(game(number))).unwrap().unwrap();
                    assert_eq!(number_of(&answer), number);
                })
            })
            .collect();
        joined(threads);
        assert_eq!(broker.history().len(), 8);
    });
}

#[test]
fn what_is_published_while_another_thread_runs_the_broker_is_delivered() {
    in_every_turn(1000, || {
        let lost: Arc<Mutex<Vec<usize>>> = Arc::default();
        let told = Arc::clone(&lost);
        let broker = Broker::builder()
            .handler(&DEALER)
            .on_error(move |failure| {
                assert!(matches!(failure.problem, Problem::Broker(BrokerError::NoSubscriber { .. })));
                told.lock().unwrap().push(number_of(&failure.event));
            })
            .build()
            .unwrap();
        let publishing: Vec<_> = (0..2)
            .map(|number| {
                let broker = broker.clone();
                thread::spawn(move || {
                    broker.publish(question(number)).unwrap();
                    block_on(broker.run());
                })
            })
            .collect();
        joined(publishing);
        let mut lost = lost.lock().unwrap().clone();
        lost.sort_unstable();
        assert_eq!(lost, [0, 1], "every answer has gone out, to a shop that nobody is");
    });
}

#[test]
fn who_gives_up_leaves_nobody_else_asleep() {
    in_every_turn(1000, || {
        let broker = broker();
        let impatient = {
            let broker = broker.clone();
            thread::spawn(move || give_up_after_one_look(broker.resolve(question(7))))
        };
        joined([impatient, asking(&broker, 1), asking(&broker, 2)]);
        block_on(broker.run());
        assert_eq!(broker.history().len(), 6, "also what was given up has gone on");
    });
}

#[test]
fn who_stops_running_the_broker_leaves_nobody_else_asleep() {
    in_every_turn(1000, || {
        let broker = broker();
        let runner = {
            let broker = broker.clone();
            thread::spawn(move || give_up_after_one_look(broker.run()))
        };
        joined([runner, asking(&broker, 1), asking(&broker, 2)]);
    });
}

#[test]
fn a_service_whose_answer_comes_from_another_thread_wakes_who_waits() {
    in_every_turn(1000, || {
        let parcel = Parcel::default();
        let broker = Broker::builder().handler(&parcel.awaited()).build().unwrap();
        let bringing = thread::spawn(move || parcel.bring());
        let answer = block_on(broker.resolve(question(1))).unwrap().unwrap();
        assert_eq!(number_of(&answer), 1);
        bringing.join().unwrap();
    });
}

#[test]
fn what_another_thread_only_publishes_is_delivered_by_whoever_waits() {
    in_every_turn(1000, || {
        let parcel = Parcel::default();
        let broker = Broker::builder().handler(&parcel.awaited()).handler(&parcel.brought()).build().unwrap();
        let publishing = {
            let broker = broker.clone();
            thread::spawn(move || broker.publish(delivery()).unwrap())
        };
        let answer = block_on(broker.resolve(question(1))).unwrap().unwrap();
        assert_eq!(number_of(&answer), 1, "the answer had to wait for what was published");
        publishing.join().unwrap();
    });
}

#[test]
fn a_full_queue_refuses_and_loses_nothing_that_it_took() {
    in_every_turn(500, || {
        let broker = Broker::builder().handler(&DEALER).queue_limit(1).build().unwrap();
        let taken: Arc<Mutex<usize>> = Arc::default();
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let (broker, taken) = (broker.clone(), Arc::clone(&taken));
                thread::spawn(move || match broker.publish(question(number)) {
                    Ok(()) => *taken.lock().unwrap() += 1,
                    Err(error) => assert_eq!(error, BrokerError::Full { limit: 1 }),
                })
            })
            .collect();
        block_on(broker.run());
        joined(threads);
        block_on(broker.run());
        let asked = broker.history().iter().filter(|event| event.type_() == "com.dice.roll").count();
        assert_eq!((asked, broker.queued()), (*taken.lock().unwrap(), 0));
    });
}
