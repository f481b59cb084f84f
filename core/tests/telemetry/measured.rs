//! Metrics, as an exporter sees them.

use std::collections::BTreeMap;

use arvo::{Broker, Environment, Execution, HandlerSpec, Headers, NoHost, Plan, Turn};
#[cfg(feature = "sqlite")]
use arvo::{Event, EventDraft, Store, Worker};
use opentelemetry::global;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

use crate::world::{alone, greet, greeter, greeting, request, run, visiting, visitor};

/// The meter of the process, until the test ends.
fn meter() -> (SdkMeterProvider, InMemoryMetricExporter) {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
    global::set_meter_provider(provider.clone());
    arvo::otel::enable();
    (provider, exporter)
}

/// Every metric with its sum, or count of what was measured, by the attribute `error.type`.
fn measured(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> BTreeMap<(String, String), f64> {
    provider.force_flush().unwrap();
    let all = exporter.get_finished_metrics().unwrap();
    let mut found = BTreeMap::new();
    for metric in all.last().unwrap().scope_metrics().flat_map(|scope| scope.metrics()) {
        let AggregatedMetrics::F64(data) = metric.data() else { panic!("{metric:?}") };
        let mut put = |attributes: Vec<&opentelemetry::KeyValue>, value: f64| {
            let error = attributes.iter().find(|attribute| attribute.key.as_str() == "error.type");
            let error = error.map(|attribute| attribute.value.as_str().into_owned()).unwrap_or_default();
            *found.entry((metric.name().to_owned(), error)).or_default() += value;
        };
        match data {
            MetricData::Sum(sum) => {
                sum.data_points().for_each(|point| put(point.attributes().collect(), point.value()))
            }
            #[allow(clippy::cast_precision_loss)]
            MetricData::Histogram(of) => {
                of.data_points().for_each(|point| put(point.attributes().collect(), point.count() as f64));
            }
            MetricData::Gauge(of) => {
                of.data_points().for_each(|point| put(point.attributes().collect(), point.value()))
            }
            other => panic!("{other:?}"),
        }
    }
    found
}

#[test]
fn executions_events_violations_locks_and_queues_are_measured() {
    let _alone = alone();
    let (provider, exporter) = meter();
    let handler = greeter(async |_| Ok(greeting()));
    run(handler.execute(request())).unwrap();
    let mut broken = request().to_value().unwrap();
    broken["data"] = serde_json::json!({"name": 5});
    let broken = arvo::Event::parse(&broken.to_string(), &arvo::Limits::DEFAULT).unwrap();
    run(handler.execute(broken)).unwrap_err();
    let workflow = visitor();
    let broker = Broker::builder().handler(&handler).resumable(&workflow).build().unwrap();
    run(broker.resolve(visiting())).unwrap();

    let found = measured(&provider, &exporter);
    let of = |name: &str, error: &str| found.get(&(name.to_owned(), error.to_owned())).copied();
    assert_eq!(of("messaging.client.consumed.messages", ""), Some(4.0), "{found:?}");
    assert_eq!(of("messaging.client.consumed.messages", "ViolationError<Contract>"), Some(1.0));
    assert_eq!(of("messaging.process.duration", ""), Some(4.0));
    assert_eq!(of("messaging.client.sent.messages", ""), Some(4.0));
    assert_eq!(of("arvo.execution.violations", "ViolationError<Contract>"), Some(1.0));
    assert!(of("arvo.queue.depth", "").is_some());
    assert_eq!(of("arvo.lock.wait.duration", ""), None, "nothing was locked");

    let locking = arvo::Resumable::builder(&crate::world::visit())
        .version("1.0.0", async |_| Ok(arvo::Resumed::default()))
        .locking(true)
        .build()
        .unwrap();
    run(locking.execute(visiting())).unwrap();
    let found = measured(&provider, &exporter);
    assert_eq!(found.get(&("arvo.lock.wait.duration".to_owned(), String::new())), Some(&1.0));
}

/// Those of a gauge by destination.
#[cfg(feature = "sqlite")]
fn depths(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> Vec<(String, f64)> {
    provider.force_flush().unwrap();
    let all = exporter.get_finished_metrics().unwrap();
    let scopes = all.last().into_iter().flat_map(|last| last.scope_metrics());
    let mut found = Vec::new();
    for metric in scopes.flat_map(|scope| scope.metrics()).filter(|metric| metric.name() == "arvo.queue.depth") {
        let AggregatedMetrics::F64(MetricData::Gauge(gauge)) = metric.data() else { panic!("{metric:?}") };
        for point in gauge.data_points() {
            let attributes: Vec<_> = point.attributes().map(|attribute| attribute.to_owned()).collect();
            assert_eq!(attributes[0].key.as_str(), "messaging.destination.name", "{attributes:?}");
            found.push((attributes[0].value.to_string(), point.value()));
        }
    }
    found
}

#[cfg(feature = "sqlite")]
#[test]
fn a_worker_measures_what_waits_in_its_store_for_what_it_serves() {
    let _alone = alone();
    let (provider, exporter) = meter();
    let store = Store::open("sqlite::memory:").unwrap();
    let call = |n: u32| {
        let draft = EventDraft::from_source("com.test.client").subject(format!("call/{n}"));
        greet().latest().factory().accepts(draft.data(serde_json::json!({"name": "Ada"}))).unwrap()
    };
    let calls: Vec<Event> = (0..3).map(call).collect();
    let receipts = store.publish_all(&calls).wait().unwrap();
    let looks = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&looks);
    let handler = greeter(move |_| {
        seen.lock().unwrap().push(depths(&provider, &exporter));
        async { Ok(greeting()) }
    });
    let worker = Worker::builder(&store).serve(handler).capacity(1).build().unwrap();
    let answers = async {
        for receipt in &receipts {
            store.wait(receipt.seq, Some(30_000)).await.unwrap();
        }
        worker.stop();
    };
    let ((), ended) = run(async { tokio::join!(answers, worker.run()) });
    ended.unwrap();
    let found = looks.lock().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0], [("com.greet.user".to_owned(), 2.0)], "the first of three is under way");
}

#[test]
fn an_execution_that_nobody_listens_to_has_no_notes() {
    let plan = Plan::handler(HandlerSpec::new(&greet(), ["1.0.0"])).unwrap();
    let turn = Execution::start(&plan, &Environment::shared(), request(), Headers::default(), &NoHost);
    assert!(matches!(turn, Turn::Step(_, _, notes) if notes.is_empty()));
}
