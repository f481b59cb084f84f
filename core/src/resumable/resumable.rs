//! A resumable workflow with its functions and its memory, as Rust users hold it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::contract::Contract;
use crate::environment::Environment;
use crate::execution::{Plan, Resumed};
use crate::handler::BoxError;
use crate::memory::Keeping;

use super::builder::ResumableBuilder;
use super::input::ResumableInput;

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Resumed, BoxError>> + Send>>;
pub(crate) type Function = Box<dyn Fn(ResumableInput) -> Answering + Send + Sync>;

/// A workflow as a function for each version of its contract, called for every event of the workflow: the one that
/// begins it, and the answers of the services that it calls. Between two events it is its record in the memory, and
/// nothing else. Cloning copies a pointer.
///
/// ```
/// use arvo::{Contract, EventDraft, InMemory, Output, Resumable, ResumableInput, Resumed};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let object = || json!({"type": "object"});
/// let add = Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build()?;
/// let sums = Contract::orchestrator("#/flows/sum", "sum").version("1.0.0", object(), object()).build()?;
/// let sum = Resumable::builder(&sums)
///     .service("add", &add.latest())
///     .version("1.0.0", |input: ResumableInput| async move {
///         Ok(match input.service() {
///             None => Resumed::default().service(Output::new("com.calc.add", json!({"a": 1, "b": 2}))),
///             Some(answer) => Resumed::default().output(json!({"total": answer.data()?["sum"]})),
///         })
///     })
///     .memory(InMemory::new())
///     .build()?;
/// let init = sums.latest().factory().init(EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null})))?;
/// let calls = sum.execute(init).await?;
/// assert_eq!(calls[0].type_(), "com.calc.add");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Resumable(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) plan: Arc<Plan>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) memory: Keeping,
    /// By the place of their version among the contract's, ascending.
    pub(crate) functions: Vec<Function>,
}

impl Resumable {
    /// Begins a resumable of this contract, an orchestrator's.
    pub fn builder(contract: &Contract) -> ResumableBuilder {
        ResumableBuilder::new(contract)
    }

    /// The same workflow in the same memory, which counts the calls of its functions.
    pub(crate) fn counted(&self, calls: &Arc<AtomicU32>) -> Self {
        let count = |at: usize| -> Function {
            let (resumable, calls) = (self.clone(), Arc::clone(calls));
            Box::new(move |input| {
                calls.fetch_add(1, Ordering::Relaxed);
                resumable.0.functions[at](input)
            })
        };
        Self(Arc::new(Inner {
            plan: Arc::clone(&self.0.plan),
            environment: Arc::clone(&self.0.environment),
            memory: self.0.memory.clone(),
            functions: (0..self.0.functions.len()).map(count).collect(),
        }))
    }

    /// Its contract.
    pub fn contract(&self) -> &Contract {
        self.0.plan.contract()
    }

    /// The source of its events: the type that its contract accepts.
    pub fn source(&self) -> &str {
        self.0.plan.source()
    }

    /// Whether it locks its workflows.
    pub fn locking(&self) -> bool {
        self.0.plan.locking()
    }
}

impl fmt::Debug for Resumable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumable").field("contract", &self.contract().uri()).finish_non_exhaustive()
    }
}
