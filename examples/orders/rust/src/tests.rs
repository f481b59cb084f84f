//! The services under the suite that every language runs (`../suite.json`), and against random data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{env, fs};

use arvo::suite::Suite;
use arvo::{BoxError, Contract, Handler, TestReport, TestSuite, Tested, conforms};
use serde_json::Value;

use crate::ledger::Ledger;
use crate::services::services;
use crate::workflows::contracts;

fn read(name: &str) -> String {
    let folder = env::var("ARVO_ORDERS").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/..").to_owned());
    fs::read_to_string(format!("{folder}/{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn all() -> BTreeMap<String, Handler> {
    let list: Vec<Value> = serde_json::from_str(&read("contracts.json")).unwrap();
    let contracts: BTreeMap<String, Contract> = contracts(&list).unwrap();
    services(&contracts, &Ledger::default()).unwrap()
}

#[tokio::test]
async fn the_services_pass_the_suite_that_every_language_runs() {
    let handlers = Arc::new(all());
    let services = Tested::function("services", move |event| {
        let handlers = Arc::clone(&handlers);
        async move {
            let handler = handlers.get(event.type_()).ok_or_else(|| BoxError::from("no such service"))?;
            Ok(handler.execute(event).await?)
        }
    });
    let mut report = TestReport::default();
    TestSuite::of(Suite::read(&read("suite.json")).unwrap()).on(services).run(&mut report).await;
    assert!(report.tests() >= 5, "only {} cases", report.tests());
    report.assert();
}

#[tokio::test]
async fn each_service_keeps_its_contract_with_random_data() {
    let handlers = all();
    assert_eq!(handlers.len(), 6);
    for handler in handlers.values() {
        conforms(handler).run().await.assert();
    }
}
