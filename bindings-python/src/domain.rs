//! Domains resolved for a list, as emitting code gives it.

use arvo::{Domain, DomainContext};
use pyo3::prelude::*;

use crate::environment;

/// Resolves a list of names and symbols; duplicates fall away. See `arvo.Domain.resolve`.
#[pyfunction]
#[pyo3(signature = (domains, *, self_contract, event_contract, triggering_event, current_subject, parent_subject))]
pub(crate) fn resolve_domains(
    domains: Vec<Option<String>>,
    self_contract: Option<&str>,
    event_contract: Option<&str>,
    triggering_event: Option<&str>,
    current_subject: Option<&str>,
    parent_subject: Option<&str>,
) -> Vec<Option<String>> {
    let list: Vec<Domain> = domains.iter().map(|entry| Domain::of(entry.as_deref())).collect();
    let limits = *environment::current().limits();
    let context =
        DomainContext { self_contract, event_contract, triggering_event, current_subject, parent_subject, limits };
    Domain::resolve_all(&list, &context).into_iter().map(|domain| domain.map(|name| name.to_string())).collect()
}
