//! How many events wait: what is counted, when, and that nobody pays who does not ask.

use std::sync::Arc;
use std::time::Duration;

use arvo::{
    Ask, Backend, Depth, Duty, Environment, Event, EventDraft, Exchange, HandlerSpec, Job, Plan, Replied,
    ResumableSpec, Shift, ShiftSpec, Sqlite, Station, Store, Taken, Verdict,
};
use serde_json::json;

use super::world::{File, flow, init, service};

fn handler() -> Arc<Plan> {
    Plan::handler(HandlerSpec::new(&service(), ["1.0.0"])).unwrap()
}

fn workflow() -> Arc<Plan> {
    Plan::resumable(ResumableSpec::new(&flow(), ["1.0.0"])).unwrap()
}

/// A call of the service.
fn call(n: u32) -> Event {
    let draft = EventDraft::from_source("com.test.client").subject(format!("call/{n}")).data(json!({"a": n, "b": 1}));
    service().latest().factory().accepts(draft).unwrap()
}

/// One more event for a workflow.
fn tell(subject: &str, n: u32) -> Event {
    let draft = EventDraft::new("com.test.client", format!("evt.number.n{n}")).subject(subject).to("arvo.orc.sum");
    draft.data(json!({})).build(&Environment::system()).unwrap()
}

/// A worker at its store, at a time of its own.
struct Bench {
    shift: Shift,
    backend: Sqlite,
    now: i64,
    /// The exchanges that it asked for.
    exchanges: Vec<Exchange>,
    depths: Vec<(String, usize)>,
    jobs: Vec<Job>,
}

impl Bench {
    fn new(file: &File, spec: ShiftSpec, is_measured: bool) -> Self {
        let environment = Environment::shared();
        let shift = Shift::new(ShiftSpec { is_measured, ..spec }, &environment);
        let backend = Sqlite::open(&file.url()).unwrap();
        let now = environment.now();
        Self { shift, backend, now, exchanges: Vec::new(), depths: Vec::new(), jobs: Vec::new() }
    }

    /// Does all that there is to do until then.
    fn go_on(&mut self, millis: i64) {
        self.now += millis;
        let name = self.shift.spec().name.clone();
        let (retry, served) = (self.shift.spec().retry, Arc::clone(self.shift.served()));
        while let Some(ask) = self.shift.ask(self.now) {
            self.backend.begin().unwrap();
            let reply = match ask {
                Ask::Register(until) => {
                    Replied::Registered(self.backend.register(&name, until, &retry, self.now).unwrap())
                }
                Ask::Outlook => Replied::Outlook(self.backend.outlook(&served, self.now).unwrap()),
                Ask::Exchange(exchange) => {
                    let given = self.backend.exchange(&exchange, self.now).unwrap();
                    self.exchanges.push(exchange);
                    Replied::Exchanged(given)
                }
                Ask::Leave(worker) => {
                    self.backend.leave(worker, &retry, self.now).unwrap();
                    Replied::Left
                }
            };
            self.backend.commit().unwrap();
            self.shift.replied(Ok(reply), self.now);
            loop {
                let is_ready = self.shift.is_ready();
                match self.shift.next() {
                    Duty::Measure(Depth { consumer, waiting }) => self.depths.push((consumer.to_string(), waiting)),
                    Duty::Run(job) => self.jobs.push(job),
                    Duty::Over(_) | Duty::Wait(_) => break,
                }
                assert!(is_ready, "whoever waits is told of it");
            }
        }
    }

    fn counted(&self) -> Vec<bool> {
        self.exchanges.iter().map(|exchange| exchange.count).collect()
    }
}

fn of(services: usize, workflows: usize) -> [(String, usize); 2] {
    [("com.calc.add".to_owned(), services), ("arvo.orc.sum".to_owned(), workflows)]
}

fn sorted(mut depths: Vec<(String, usize)>) -> Vec<(String, usize)> {
    depths.sort_by(|a, b| b.0.cmp(&a.0));
    depths
}

#[test]
fn what_could_be_handled_now_is_counted_by_consumer_and_nothing_else() {
    let file = File::new();
    let store = file.open();
    let subjects: Vec<String> = (0..3).map(|n| init(n).subject().to_owned()).collect();
    let publish = |event: &Event| assert!(store.publish(event).wait().unwrap().fresh);

    // The first workflow pauses over a dead letter, with one more event behind it; the second tries again later.
    publish(&tell(&subjects[0], 0));
    publish(&tell(&subjects[1], 0));
    let mut first = Bench::new(&file, ShiftSpec::new("first", [workflow()]), false);
    first.go_on(0);
    for job in std::mem::take(&mut first.jobs) {
        let verdict = if job.event.subject() == subjects[0] { Verdict::Dead } else { Verdict::Later };
        first.shift.failed(job.number, verdict, "Error", "broken", first.now + 60_000);
    }
    first.go_on(0);
    publish(&tell(&subjects[0], 1));
    publish(&tell(&subjects[1], 1));

    // Of the third workflow three are due, of the service's calls five, and one of each is a timer.
    for n in 0..3 {
        publish(&tell(&subjects[2], n));
    }
    (0..5).for_each(|n| publish(&call(n)));
    let later = Some(first.now + 3_600_000);
    let _ = store.publish_at(&tell(&subjects[2], 9), later).wait().unwrap();
    let _ = store.publish_at(&call(9), later).wait().unwrap();
    // Others are for nobody here.
    let other = EventDraft::new("com.test.client", "com.other.type").subject("other").to("com.other").data(json!({}));
    publish(&other.build(&Environment::system()).unwrap());
    let abroad = EventDraft::new("com.test.client", "com.calc.add").subject("abroad").to("com.calc.add");
    publish(&abroad.domain("human.desk").data(json!({})).build(&Environment::system()).unwrap());

    let spec = |capacity| ShiftSpec { capacity, ..ShiftSpec::new("second", [handler(), workflow()]) };
    let mut second = Bench::new(&file, spec(2), true);
    second.go_on(0);
    assert_eq!(second.jobs.len(), 2, "one mail of the third workflow, one call");
    assert_eq!(sorted(second.depths), of(4, 2), "the two behind the mail that is handled wait for their turn");

    let mut again = Bench::new(&file, spec(1), true); // takes over what was held, by its name
    again.go_on(0);
    let held = usize::from(again.jobs[0].event.type_() == "com.calc.add");
    assert_eq!(sorted(again.depths), of(5 - held, 2 + held));
}

#[test]
fn a_count_goes_along_with_an_exchange_and_not_sooner_than_five_seconds_after_the_last() {
    let file = File::new();
    let _ = file.open().publish(&call(0)).wait().unwrap();
    let spec = || ShiftSpec { lease: 6_000, ..ShiftSpec::new("one", [handler()]) };
    let mut bench = Bench::new(&file, spec(), true);
    (0..6).for_each(|_| bench.go_on(2_000));
    let beats = bench.exchanges.iter().filter(|exchange| exchange.beat.is_some()).count();
    assert_eq!(beats, 5, "one each 2 s");
    assert_eq!(bench.counted(), [true, false, false, true, false, false], "with the first claim, then with heartbeats");
    assert_eq!(bench.depths, [("com.calc.add".to_owned(), 0), ("com.calc.add".to_owned(), 0)], "none is told too");

    let mut quiet = Bench::new(&file, spec(), false);
    (0..6).for_each(|_| quiet.go_on(2_000));
    assert_eq!(quiet.counted(), [false; 6], "nobody asked");
    assert_eq!(quiet.depths, []);
    quiet.shift.measure(true);
    quiet.go_on(0);
    assert_eq!(quiet.exchanges.len(), 6, "it is no reason to ask the store");
    quiet.go_on(2_000);
    assert_eq!(quiet.counted()[6..], [true]);
    quiet.shift.measure(false);
    quiet.go_on(6_000);
    assert_eq!(quiet.counted()[7..], [false]);
}

#[test]
fn a_clock_that_is_set_back_does_not_put_the_next_count_off() {
    let file = File::new();
    let mut bench = Bench::new(&file, ShiftSpec { lease: 6_000, ..ShiftSpec::new("one", [handler()]) }, true);
    bench.go_on(0);
    bench.go_on(2_000);
    bench.go_on(-3_600_000);
    (0..4).for_each(|_| bench.go_on(2_000));
    assert_eq!(bench.counted().iter().filter(|counts| **counts).count(), 2, "{:?}", bench.counted());
}

#[test]
fn a_count_ends_at_ten_thousand_however_many_wait() {
    let file = File::new();
    let store = Store::open(&format!("{}?synchronous=normal", file.url())).unwrap();
    let subject = init(1).subject().to_owned();
    let many = u32::try_from(Depth::MOST).unwrap() + 5;
    let events: Vec<Event> = (0..many).flat_map(|n| [call(n), tell(&subject, n)]).collect();
    let _ = store.publish_all(&events).wait().unwrap();
    let spec = ShiftSpec { capacity: 2, ..ShiftSpec::new("one", [handler(), workflow()]) };
    let mut bench = Bench::new(&file, spec, true);
    bench.go_on(0);
    assert_eq!(sorted(bench.depths), of(Depth::MOST, Depth::MOST));
}

#[test]
fn a_station_tells_whoever_takes_and_wakes_whoever_waits() {
    let store = Store::open("sqlite::memory:").unwrap();
    let calls: Vec<Event> = (0..3).map(call).collect();
    let _ = store.publish_all(&calls).wait().unwrap();
    let spec = ShiftSpec { capacity: 1, is_measured: true, ..ShiftSpec::new("one", [handler()]) };
    let station = Station::open(&store, spec, &Environment::shared());
    let mut jobs = 0;
    let measured = loop {
        match station.take() {
            Taken::Job(_) => jobs += 1,
            Taken::Measure(measure) => break measure,
            Taken::Wait(_) => station.wait(Duration::from_secs(60)), // the test takes as long if nobody is woken
            Taken::Over(reason) => panic!("{reason:?}"),
        }
    };
    assert!(jobs <= 1);
    let told = json!({"metric": "arvo.queue.depth", "value": 2.0, "attributes": {"messaging.destination.name": "com.calc.add"}});
    assert_eq!(serde_json::to_value(&measured).unwrap(), told);
}
