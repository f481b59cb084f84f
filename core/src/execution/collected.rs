//! The responses that a workflow has so far to the events it sent last: validated when they are read, each at most
//! once a step (SPEC §13, §19).

use std::sync::{Arc, OnceLock};

use crate::contract::{SchemaHost, VersionedContract};
use crate::environment::Limits;
use crate::event::{Emitted, Event};
use crate::memory::Expected;
use crate::violation::Violation;

use super::plan::Plan;
use super::workflow::{as_violation, checked_again, of_service};

/// Responses so far, in order of the events they answer, then of their coming. Cloning copies a pointer.
#[derive(Clone, Debug)]
pub struct Collected(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    plan: Arc<Plan>,
    /// Of the workflow.
    version: String,
    limits: Limits,
    raw: Vec<Event>,
    validated: OnceLock<Vec<Event>>,
}

/// How a workflow knows an event.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// As what the contract accepts.
    Accepts(VersionedContract),
    /// As what it emits.
    Emits(VersionedContract),
    /// As its system error.
    SystemError(VersionedContract),
}

impl Known {
    pub(super) fn contract(&self) -> &VersionedContract {
        match self {
            Self::Accepts(contract) | Self::Emits(contract) | Self::SystemError(contract) => contract,
        }
    }
}

impl Collected {
    pub(super) fn new(plan: &Arc<Plan>, version: String, limits: Limits, expected: Option<Expected>) -> Self {
        let raw = expected.into_iter().flatten().flat_map(|(_, responses)| responses).collect();
        Self(Arc::new(Inner { plan: Arc::clone(plan), version, limits, raw, validated: OnceLock::new() }))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.raw.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.raw.is_empty()
    }

    /// The responses with validated data. One whose contract has a host schema is given to the host as a value, since
    /// it is none of the objects that the execution's table holds; an object that the host gives for it is asked for
    /// its text.
    ///
    /// # Errors
    /// [`Violation::Contract`] when one breaks its contract by now.
    pub fn events(&self, host: &dyn SchemaHost) -> Result<&[Event], Violation> {
        if let Some(validated) = self.0.validated.get() {
            return Ok(validated);
        }
        let validated = self.0.raw.iter().map(|event| self.validate(event, host)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.0.validated.get_or_init(|| validated))
    }

    fn validate(&self, event: &Event, host: &dyn SchemaHost) -> Result<Event, Violation> {
        let Some(serving) = self.0.plan.serving(&self.0.version) else { return Ok(event.clone()) };
        let Some(known) = of_service(serving.services, event) else { return Ok(event.clone()) };
        let limits = &self.0.limits;
        let changed = checked_again(&known, event, limits, host).map_err(as_violation)?;
        let Some(data) = changed else { return Ok(event.clone()) };
        let emitted = Emitted { data, ..Emitted::from(event) };
        emitted.event_by(limits, |token| host.text(token)).map_err(Violation::Host)
    }
}
