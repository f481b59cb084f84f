//! The async driver: futures that are dropped in mid-call, never resolve, run side by side or on another thread.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arvo::{Contract, ExecutionFault, Failure, Handler, Headers, Input, NoHost, Output, Violation};
use serde_json::json;
use tokio::task::yield_now;

use crate::support::{contract, environment, request};

/// Counts itself down when a function's future is dropped.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A handler whose function never resolves.
fn endless(alive: &Arc<AtomicUsize>) -> Handler {
    let alive = alive.clone();
    Handler::builder(&contract())
        .environment(environment())
        .version("1.0.0", |_: Input| async { Ok(()) })
        .version("2.0.0", move |_: Input| {
            let alive = Alive::new(&alive);
            async move {
                let _alive = alive;
                pending::<()>().await;
                Ok(())
            }
        })
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_future_dropped_in_mid_call_drops_the_functions_future() {
    let alive = Arc::new(AtomicUsize::new(0));
    let handler = endless(&alive);
    let mut execution = Box::pin(handler.execute(request(json!({"id": "1"}))));
    for _ in 0..3 {
        tokio::select! {
            biased;
            _ = &mut execution => panic!("it never resolves"),
            () = yield_now() => {}
        }
    }
    assert_eq!(alive.load(Ordering::SeqCst), 1, "the function is running");
    drop(execution);
    assert_eq!(alive.load(Ordering::SeqCst), 0, "nothing of it is left");
    let again = tokio::select! {
        biased;
        _ = handler.execute(request(json!({"id": "1"}))) => "resolved",
        () = yield_now() => "given up",
    };
    assert_eq!(again, "given up", "the handler can be used again, and given up on again");
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn executions_of_one_handler_run_side_by_side() {
    let handler = Handler::builder(&contract())
        .version("1.0.0", |_: Input| async { Ok(()) })
        .version("2.0.0", |input: Input| async move {
            yield_now().await; // every execution is inside its function before the first one goes on
            let quantity = input.event.data()?["quantity"].as_f64();
            Ok(Output::new("evt.order.placed", json!({"total": quantity})))
        })
        .build()
        .unwrap();
    let run = |quantity: u32| handler.execute(request(json!({"id": "1", "quantity": quantity})));
    let (one, two, three) = tokio::join!(run(1), run(2), run(3));
    let totals = [one, two, three].map(|events| events.unwrap()[0].data().unwrap()["total"].as_f64().unwrap());
    assert_eq!(totals, [1.0, 2.0, 3.0]);
}

#[test]
fn the_future_goes_to_another_thread() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let handler = Handler::builder(&contract())
        .version("1.0.0", |_: Input| async { Ok(()) })
        .version("2.0.0", |_: Input| async { Ok(Output::new("evt.order.placed", json!({"total": 1}))) })
        .build()
        .unwrap();
    let event = request(json!({"id": "1"}));
    let future = is_send(async move { handler.execute_with(event, Headers::default(), &NoHost).await });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = std::thread::scope(|scope| scope.spawn(move || runtime.block_on(future)).join().unwrap());
    assert_eq!(events.unwrap().len(), 1);
}

#[tokio::test]
async fn a_host_that_can_not_write_its_object_is_told() {
    struct Mute;
    impl arvo::SchemaHost for Mute {
        fn validate(&self, _: u32, _: &arvo::Data) -> Result<Option<arvo::Data>, arvo::Refused> {
            Ok(None)
        }
        fn text(&self, token: arvo::Token) -> Result<Arc<str>, arvo::Raised> {
            Err(arvo::Raised::no_error(token, "socket", "it is a socket"))
        }
    }
    let schema = || arvo::Schema::host(1, json!({"type": "object"}));
    let contract = Contract::simple("#/h", "host.step").version("1.0.0", schema(), schema()).build().unwrap();
    let handler = Handler::builder(&contract)
        .version("1.0.0", |_: Input| async {
            Ok(Output::new("evt.host.step.success", arvo::Data::Host(arvo::Token(1))))
        })
        .build()
        .unwrap();
    let draft = arvo::EventDraft::new("com.a.b", "com.host.step").subject("s").data(json!({}));
    let event = draft.build(&environment()).unwrap();
    match handler.execute_with(event, Headers::default(), &Mute).await {
        Err(Failure::Violation(Violation::Execution(ExecutionFault::Unwritable { raised, .. }))) => {
            assert_eq!(raised.message, "it is a socket");
        }
        other => panic!("not {other:?}"),
    }
}
