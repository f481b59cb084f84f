//! A worker of the durable demo: serves some of the services, and of the workflows as machines, on a store that
//! workers in other languages share. It ends on SIGTERM.

use std::collections::BTreeMap;

use arvo::{BoxError, Contract, Retry, Store, Worker};

use crate::ledger::Ledger;
use crate::machines::orchestrator;
use crate::otlp;
use crate::services::services;

/// Runs until it is told to stop. The arguments: URL of the store, name, lease in milliseconds, the ledger's file, and
/// the types to serve. `read` gives a file of the orders' folder.
pub(crate) async fn run(
    arguments: &[String],
    contracts: &BTreeMap<String, Contract>,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<(), BoxError> {
    let [url, name, lease, ledger, types @ ..] = arguments else {
        return Err("--worker wants URL NAME LEASE LEDGER TYPE…".into());
    };
    let mut services = services(contracts, &Ledger::open(ledger, name)?)?;
    // A try counts for all that a worker held when it was killed, which happens here more often than elsewhere.
    let retry = Retry { tries: 100, ..Retry::default() };
    let store = Store::open(url)?;
    let mut worker = Worker::builder(&store).name(name.as_str()).lease(lease.parse()?).retry(retry).drain_on_signals();
    for type_ in types {
        worker = match type_.as_str() {
            "arvo.orc.order.fulfilment" => worker.serve(orchestrator(&read("fulfilment.machine.json")?, contracts)?),
            "arvo.orc.shipment" => worker.serve(orchestrator(&read("shipment.machine.json")?, contracts)?),
            service => worker.serve(services.remove(service).ok_or_else(|| format!("{service}: no such service"))?),
        };
    }
    let worker = worker.build()?;
    let tracer = otlp::enable()?;
    println!("ready");
    worker.run().await?;
    if let Some(tracer) = tracer {
        tracer.shutdown()?;
    }
    Ok(())
}
