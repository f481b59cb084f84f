//! A handler with its functions, as Rust users hold it.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::contract::Contract;
use crate::environment::Environment;
use crate::execution::{Output, Plan};

use super::builder::HandlerBuilder;
use super::input::Input;

/// Any error of user code. [`UserViolation`](crate::UserViolation) comes out as a violation; an
/// [`ErrorReport`](crate::ErrorReport) names itself; any other error is named `Error`.
pub type BoxError = Box<dyn Error + Send + Sync>;

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Vec<Output>, BoxError>> + Send>>;
pub(crate) type Function = Box<dyn Fn(Input) -> Answering + Send + Sync>;

/// A contract with a function for each of its versions. Cloning copies a pointer.
///
/// ```
/// use arvo::{Contract, EventDraft, Handler, Input, Output};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let contract = Contract::simple("#/services/greet", "greet.user")
///     .version("1.0.0", json!({"type": "object", "required": ["name"]}), json!({"type": "object"}))
///     .build()?;
/// let handler = Handler::builder(&contract)
///     .version("1.0.0", |input: Input| async move {
///         let text = format!("Hello, {}!", input.event.data()?["name"].as_str().unwrap_or("you"));
///         Ok(Output::new("evt.greet.user.success", json!({"text": text})))
///     })
///     .build()?;
/// let event = contract.latest().factory().accepts(EventDraft::from_source("com.shop.web").data(json!({"name": "Ada"})))?;
/// let events = handler.execute(event).await?;
/// assert_eq!(events[0].data()?["text"], "Hello, Ada!");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Handler(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) plan: Arc<Plan>,
    pub(crate) environment: Arc<Environment>,
    /// By the place of their version among the contract's, ascending.
    pub(crate) functions: Vec<Function>,
}

impl Handler {
    /// Begins a handler of this contract.
    pub fn builder(contract: &Contract) -> HandlerBuilder {
        HandlerBuilder::new(contract)
    }

    /// The same handler, which counts the calls of its functions.
    pub(crate) fn counted(&self, calls: &Arc<AtomicU32>) -> Self {
        let count = |at: usize| -> Function {
            let (handler, calls) = (self.clone(), Arc::clone(calls));
            Box::new(move |input| {
                calls.fetch_add(1, Ordering::Relaxed);
                handler.0.functions[at](input)
            })
        };
        Self(Arc::new(Inner {
            plan: Arc::clone(&self.0.plan),
            environment: Arc::clone(&self.0.environment),
            functions: (0..self.0.functions.len()).map(count).collect(),
        }))
    }

    /// The contract that it serves.
    pub fn contract(&self) -> &Contract {
        self.0.plan.contract()
    }

    /// The source of its events: the type that its contract accepts.
    pub fn source(&self) -> &str {
        self.0.plan.source()
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("contract", &self.contract().uri()).finish_non_exhaustive()
    }
}
