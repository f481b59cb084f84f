//! Many who wait at once.

use arvo::{Answered, ContractFault, Handler, Input, Output, Violation, Worker};

use super::world::{File, init, run_until_answered, service, sums};

#[test]
fn however_many_wait_each_is_told_of_its_dead_letter_and_of_its_time() {
    let file = File::new();
    let store = file.open();
    let broken = Handler::builder(&service())
        .version("1.0.0", |_: Input| async {
            Err::<Output, _>(Violation::Contract(ContractFault::UnknownEmit { type_name: "evt.nobody".into() }).into())
        })
        .build()
        .unwrap();
    let worker = Worker::builder(&store).serve(sums()).serve(broken).build().unwrap();
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let draft = arvo::EventDraft::from_source("com.test.client").subject(format!("call/{n}"));
            service().latest().factory().accepts(draft.data(serde_json::json!({"a": n, "b": 1}))).unwrap()
        })
        .collect();
    let receipts = store.publish_all(&calls).wait().unwrap();
    let idle: Vec<_> = (0..200).map(|n| store.publish(&init(n)).wait().unwrap()).collect();
    let late: Vec<_> = idle.iter().map(|receipt| store.wait(receipt.seq, Some(1))).collect();
    assert!(late.into_iter().all(|reply| reply.wait().unwrap() == Answered::Not));
    let answers = run_until_answered(&store, &worker, &receipts);
    assert!(answers.iter().all(|answer| matches!(answer, Answered::Dead(_))), "{answers:?}");
}

#[test]
fn an_answer_that_is_delivered_later_has_not_come_before_its_time() {
    let file = File::new();
    let store = file.open();
    let now = store.environment().now();
    let later = Handler::builder(&service())
        .version("1.0.0", move |_: Input| async move {
            let sum = |sum| Output::new("evt.calc.add.success", serde_json::json!({"sum": sum}));
            Ok(vec![sum(1).deliver_at(now + 1_500), sum(2).deliver_at(now + 700)])
        })
        .build()
        .unwrap();
    let worker = Worker::builder(&store).serve(later).build().unwrap();
    let draft = arvo::EventDraft::from_source("com.test.client").subject("call/1");
    let call = service().latest().factory().accepts(draft.data(serde_json::json!({"a": 1, "b": 1}))).unwrap();
    let receipt = store.publish(&call).wait().unwrap();
    let early = store.wait(receipt.seq, Some(100));
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert_eq!(early.wait().unwrap(), Answered::Not);
    assert!(store.environment().now() >= now + 700);
    assert!(matches!(&answers[0], Answered::By(text) if text.contains(r#"{"sum":2}"#)), "{answers:?}");
}
