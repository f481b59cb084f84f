//! The Python skin of `arvo`: values in, values out, the caller's exceptions kept as themselves.
//!
//! Nothing here decides anything: rules are the core's, the typed face is `python/arvo/`. One file for each thing that
//! crosses: events, contracts, executions with their host, and the values inside them.

mod bell;
mod chart;
mod cli;
mod conforms;
mod context;
mod contract;
mod dispatcher;
mod domain;
mod environment;
mod error;
mod event;
mod expression;
mod functions;
mod history;
mod host;
mod id;
mod lent;
mod machine;
mod memory;
mod orchestrating;
mod output;
mod pending;
mod plan;
mod resumed;
mod running;
mod station;
mod store;
mod subject;
mod suite;
mod telemetry;
mod uri;
mod value;
mod version;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pyo3::pymodule(gil_used = false)]
mod _arvo {
    /// The package's version.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crate::bell::Bell;
    #[pymodule_export]
    use crate::chart::Chart;
    #[pymodule_export]
    use crate::cli::cli;
    #[pymodule_export]
    use crate::conforms::Conforms;
    #[pymodule_export]
    use crate::contract::{Contract, VersionedContract};
    #[pymodule_export]
    use crate::dispatcher::{Dispatcher, Work};
    #[pymodule_export]
    use crate::domain::resolve_domains;
    #[pymodule_export]
    use crate::environment::set_limits;
    #[pymodule_export]
    use crate::event::Event;
    #[pymodule_export]
    use crate::expression::Expression;
    #[pymodule_export]
    use crate::history::{sequence_diagram, timeline};
    #[pymodule_export]
    use crate::id::{EventId, ManagedId};
    #[pymodule_export]
    use crate::lent::Lent;
    #[pymodule_export]
    use crate::machine::Machine;
    #[pymodule_export]
    use crate::memory::InMemory;
    #[pymodule_export]
    use crate::pending::Pending;
    #[pymodule_export]
    use crate::plan::Plan;
    #[pymodule_export]
    use crate::running::{Ask, Call, Running};
    #[pymodule_export]
    use crate::station::{Job, Station};
    #[pymodule_export]
    use crate::store::Store;
    #[pymodule_export]
    use crate::subject::Subject;
    #[pymodule_export]
    use crate::suite::{Case, Run, read_suite, suite_group};
    #[pymodule_export]
    use crate::telemetry::{Trace, exception_mark, log_mark, metrics, nanos};
    #[pymodule_export]
    use crate::uri::{encode_uri, is_properly_encoded};
    #[pymodule_export]
    use crate::version::{Dataschema, Version};
}
