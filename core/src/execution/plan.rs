//! What an execution runs by: compiled once, when a handler is built (SPEC §10).

use std::sync::Arc;

use crate::contract::Contract;
use crate::domain::Domain;

/// A compiled handler. Shared by all its executions.
#[derive(Debug)]
pub struct Plan {
    pub(super) contract: Contract,
    pub(super) source: Arc<str>,
    pub(super) executionunits: f64,
    pub(super) emits: Vec<Domain>,
    pub(super) system_error: Vec<Domain>,
}

/// What a handler is built from; its functions stay with the host.
#[derive(Clone, Debug)]
pub struct HandlerSpec {
    /// The contract it serves.
    pub contract: Contract,
    /// Versions that the host has a function for, as text; others than the contract's are passed over.
    pub versions: Vec<String>,
    /// What one event costs, unless an output says otherwise.
    pub executionunits: f64,
    /// Domains of outputs that name none; default [`Domain::OrchestrationContext`].
    pub emits: Option<Vec<Domain>>,
    /// Domains of system error events; default [`Domain::OrchestrationContext`].
    pub system_error: Option<Vec<Domain>>,
}

impl HandlerSpec {
    /// A handler of `contract` with functions for these versions, costs nothing, default domains.
    pub fn new<V: Into<String>>(contract: &Contract, versions: impl IntoIterator<Item = V>) -> Self {
        Self {
            contract: contract.clone(),
            versions: versions.into_iter().map(Into::into).collect(),
            executionunits: 0.0,
            emits: None,
            system_error: None,
        }
    }
}

impl Plan {
    /// Compiles a handler. Functions are numbered by the place of their version among the contract's, ascending.
    ///
    /// # Errors
    /// [`HandlerError::MissingFunction`] for the first version without a function;
    /// [`HandlerError::ExecutionUnits`] when they are not finite.
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// assert!(arvo::Plan::handler(arvo::HandlerSpec::new(&contract, ["1.0.0"])).is_ok());
    /// let error = arvo::Plan::handler(arvo::HandlerSpec::new(&contract, ["9.0.0"])).unwrap_err();
    /// assert!(error.to_string().contains("1.0.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handler(spec: HandlerSpec) -> Result<Arc<Self>, HandlerError> {
        let HandlerSpec { contract, versions, executionunits, emits, system_error } = spec;
        if let Some(missing) =
            contract.versions().find(|known| !versions.iter().any(|given| given == known.version().as_str()))
        {
            return Err(HandlerError::MissingFunction {
                uri: contract.uri().into(),
                version: missing.version().to_string(),
            });
        }
        if !executionunits.is_finite() {
            return Err(HandlerError::ExecutionUnits { uri: contract.uri().into() });
        }
        let or_default = |list: Option<Vec<Domain>>| list.unwrap_or_else(|| vec![Domain::OrchestrationContext]);
        Ok(Arc::new(Self {
            source: contract.shared_type(),
            contract,
            executionunits,
            emits: or_default(emits),
            system_error: or_default(system_error),
        }))
    }

    /// The contract that it serves.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The source of its events: the type that its contract accepts.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// Why a handler can't be built.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// A version has no function.
    #[error("Contract {uri} requires handler implementation for version {version}")]
    MissingFunction {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
    },
    /// The execution units are no finite number.
    #[error("the handler of contract {uri} has execution units that are not finite; give a finite number")]
    ExecutionUnits {
        /// The contract's URI.
        uri: Arc<str>,
    },
}
