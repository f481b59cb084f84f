//! Executions in the user's own tracer and meter: OpenTelemetry's API for Rust (SPEC §16).
//!
//! Set the providers of the process as that crate says, then call [`enable`] once: from then on every execution, by
//! whomever it is driven, has a span that is current inside user code, and is measured. Spans of the crate `tracing`
//! become its children by `tracing-opentelemetry`. Without [`enable`] an execution costs one atomic load more.
//!
//! ```
//! use opentelemetry::global;
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let exporter = InMemorySpanExporter::default(); // a real program exports by OTLP
//! global::set_tracer_provider(SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build());
//! arvo::otel::enable();
//!
//! # let object = || serde_json::json!({"type": "object"});
//! # let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
//! let handler = arvo::Handler::builder(&contract)
//!     .version("1.0.0", async |_| Ok::<_, arvo::BoxError>(None::<arvo::Output>))
//!     .build()?;
//! let draft = arvo::EventDraft::from_source("com.shop.web").data(serde_json::json!({}));
//! handler.execute(contract.latest().factory().accepts(draft)?).await?;
//! assert_eq!(exporter.get_finished_spans()?[0].name, "Handler<#/services/greet>");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_hand;
mod convert;
mod making;
mod meters;
mod span;
mod switch;

pub use by_hand::{exception, headers, log};
pub use making::{create, make};
pub(crate) use meters::queue_depth;
#[cfg(feature = "sqlite")]
pub(crate) use meters::{is_measured, measure};
pub(crate) use span::Traced;
pub use span::inherit_context;
pub use switch::{disable, enable};
