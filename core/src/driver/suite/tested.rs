//! What a suite runs events on.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::event::Event;
use crate::execution::Plan;
use crate::handler::{BoxError, Failure, Handler};
use crate::orchestrator::Orchestrator;
use crate::resumable::Resumable;
use crate::suite::{Outcome, Target, Thrown};

type Executing = Pin<Box<dyn Future<Output = Result<Vec<Event>, BoxError>> + Send>>;
type Function = Arc<dyn Fn(Event) -> Executing + Send + Sync>;

/// A handler, a workflow or a function of the program, under test. Made `From` each of them.
#[derive(Clone)]
pub struct Tested(Kind);

#[derive(Clone)]
enum Kind {
    Handler(Handler),
    Resumable(Resumable),
    Orchestrator(Orchestrator),
    Function { name: String, function: Function },
}

impl Tested {
    /// A function of the program, by its name.
    pub fn function<F, A>(name: impl Into<String>, function: F) -> Self
    where
        F: Fn(Event) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Vec<Event>, BoxError>> + Send + 'static,
    {
        let function: Function = Arc::new(move |event| Box::pin(function(event)));
        Self(Kind::Function { name: name.into(), function })
    }

    /// What a suite's config calls it.
    pub(super) fn target(&self) -> Target {
        match &self.0 {
            Kind::Handler(handler) => Target::Handler(handler.source().to_owned()),
            Kind::Resumable(resumable) => Target::Handler(resumable.source().to_owned()),
            Kind::Orchestrator(orchestrator) => Target::Handler(orchestrator.source().to_owned()),
            Kind::Function { name, .. } => Target::Function(name.clone()),
        }
    }

    pub(super) fn plan(&self) -> Option<&Arc<Plan>> {
        match &self.0 {
            Kind::Handler(handler) => Some(&handler.0.plan),
            Kind::Resumable(resumable) => Some(&resumable.0.plan),
            Kind::Orchestrator(orchestrator) => Some(&orchestrator.0.plan),
            Kind::Function { .. } => None,
        }
    }

    pub(super) async fn execute(&self, event: Event) -> Result<Vec<Event>, Thrown> {
        let executed = match &self.0 {
            Kind::Handler(handler) => handler.execute(event).await,
            Kind::Resumable(resumable) => resumable.execute(event).await,
            Kind::Orchestrator(orchestrator) => orchestrator.execute(event).await,
            Kind::Function { function, .. } => {
                return function(event).await.map_err(|error| Thrown::of_error(&*error));
            }
        };
        executed.map_err(|failure| Thrown::from(&failure))
    }

    /// What came of an event, and how often user code was called for it.
    pub(super) async fn outcome(&self, event: Event) -> (Outcome, u32) {
        let calls = Arc::new(AtomicU32::new(0));
        let executed = match &self.0 {
            Kind::Handler(handler) => handler.counted(&calls).execute(event).await,
            Kind::Resumable(resumable) => resumable.counted(&calls).execute(event).await,
            Kind::Orchestrator(orchestrator) => orchestrator.execute(event).await,
            Kind::Function { function, .. } => {
                calls.fetch_add(1, Ordering::Relaxed);
                function(event).await.map_err(Failure::User)
            }
        };
        let outcome = match &executed {
            Ok(events) => Outcome::Emitted(events.iter().map(|event| event.type_().to_owned()).collect()),
            Err(failure @ Failure::User(_)) => Outcome::Raised(Thrown::from(failure)),
            Err(failure) => Outcome::Violated(Thrown::from(failure)),
        };
        (outcome, calls.load(Ordering::Relaxed))
    }
}

impl From<&Handler> for Tested {
    fn from(handler: &Handler) -> Self {
        Self(Kind::Handler(handler.clone()))
    }
}

impl From<&Resumable> for Tested {
    fn from(resumable: &Resumable) -> Self {
        Self(Kind::Resumable(resumable.clone()))
    }
}

impl From<&Orchestrator> for Tested {
    fn from(orchestrator: &Orchestrator) -> Self {
        Self(Kind::Orchestrator(orchestrator.clone()))
    }
}

impl fmt::Debug for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tested").field(&self.target()).finish()
    }
}
