//! The violation itself and its classes.

use super::contract_fault::ContractFault;
use super::issue::Issue;
use super::raised::{Raised, Token};
use super::wiring::{ConfigFault, ExecutionFault, TransactionCause};

/// A failure seen outside the workflow.
///
/// Not `#[non_exhaustive]`: every binding names each kind, so that a new one breaks its build instead of
/// arriving as "unknown".
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Violation {
    /// Data breaks a contract.
    #[error("ViolationError<Contract> {0}")]
    Contract(#[source] ContractFault),
    /// The wiring is wrong: a handler got what it was not built for.
    #[error("ViolationError<Config> {0}")]
    Config(#[source] ConfigFault),
    /// The execution itself could not go on.
    #[error("ViolationError<Execution> {0}")]
    Execution(#[source] ExecutionFault),
    /// State or queue could not be written, read or locked.
    #[error("ViolationError<OrchestratorTransaction> [{cause}] {message}")]
    Transaction {
        /// Which operation failed.
        cause: TransactionCause,
        /// What happened, with the subject.
        message: String,
        /// What the host's own memory or store threw, if it did.
        raised: Option<Token>,
    },
    /// A violation that the user's own code raised; the object itself is in the host's table.
    #[error("{}", .0.message)]
    Host(Raised),
}

impl Violation {
    /// Which class of violation this is.
    ///
    /// ```
    /// use arvo::{ExecutionFault, Violation, ViolationKind};
    /// assert_eq!(Violation::Execution(ExecutionFault::Cancelled).kind(), ViolationKind::Execution);
    /// ```
    pub fn kind(&self) -> ViolationKind {
        match self {
            Self::Contract(_) => ViolationKind::Contract,
            Self::Config(_) => ViolationKind::Config,
            Self::Execution(_) => ViolationKind::Execution,
            Self::Transaction { .. } => ViolationKind::Transaction,
            Self::Host(raised) => raised.violation.unwrap_or(ViolationKind::Custom),
        }
    }

    /// The name that the reference gives it, such as `ViolationError<Config>`.
    ///
    /// ```
    /// use arvo::{ExecutionFault, Violation};
    /// assert_eq!(Violation::Execution(ExecutionFault::Cancelled).name(), "ViolationError<Execution>");
    /// ```
    pub fn name(&self) -> String {
        match self {
            Self::Host(raised) => raised.name.clone(),
            own => format!("ViolationError<{}>", own.kind().type_name()),
        }
    }

    /// Where data broke a schema, if that is what happened; empty otherwise.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Self::Contract(
                ContractFault::Input { issues }
                | ContractFault::Emit { issues }
                | ContractFault::NoType { issues }
                | ContractFault::Output { issues }
                | ContractFault::WorkflowInput { issues }
                | ContractFault::Emittable { issues, .. },
            ) => issues,
            _ => &[],
        }
    }

    /// The host's own object behind this violation, by its number in the execution's table.
    pub fn token(&self) -> Option<Token> {
        match self {
            Self::Host(raised) => Some(raised.token),
            Self::Contract(ContractFault::Schema { raised, .. }) => Some(raised.token),
            Self::Transaction { raised, .. } => *raised,
            _ => None,
        }
    }
}

/// The classes of violations; a `Custom` one is of a type that the user derived.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ViolationKind {
    /// See [`Violation::Contract`].
    Contract,
    /// See [`Violation::Config`].
    Config,
    /// See [`Violation::Execution`].
    Execution,
    /// See [`Violation::Transaction`].
    Transaction,
    /// A type of the user's own.
    Custom,
}

impl ViolationKind {
    /// The field `type` of the reference's violations; **wire**.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Contract => "Contract",
            Self::Config => "Config",
            Self::Execution => "Execution",
            Self::Transaction => "OrchestratorTransaction",
            Self::Custom => "Custom",
        }
    }

    /// The kind of a violation whose field `type` is `name`.
    ///
    /// ```
    /// use arvo::ViolationKind;
    /// assert_eq!(ViolationKind::of_type("Config"), ViolationKind::Config);
    /// assert_eq!(ViolationKind::of_type("RateLimited"), ViolationKind::Custom);
    /// ```
    pub fn of_type(name: &str) -> Self {
        [Self::Contract, Self::Config, Self::Execution, Self::Transaction]
            .into_iter()
            .find(|kind| kind.type_name() == name)
            .unwrap_or(Self::Custom)
    }
}
