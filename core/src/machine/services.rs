//! The contracts that a workflow calls: each of another contract, none its own.

use crate::contract::{Contract, VersionedContract};
use crate::violation::ConfigFault;

/// Contracts by the name that the workflow knows them by.
pub(super) type ServiceList = Vec<(String, VersionedContract)>;

/// What is wrong with the services of a workflow; `workflow` is its kind in the words of errors.
pub(crate) fn service_faults(
    workflow: &'static str,
    contract: &Contract,
    services: &[(String, VersionedContract)],
) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    for (at, (name, service)) in services.iter().enumerate() {
        let uri = service.contract().uri();
        if uri == contract.uri() {
            faults.push(ConfigFault::SelfService { workflow, uri: uri.to_owned(), service: name.clone() });
        } else if let Some((first, _)) = services[..at].iter().find(|(_, known)| known.contract().uri() == uri) {
            faults.push(ConfigFault::DuplicateService {
                workflow,
                second: name.clone(),
                first: first.clone(),
                uri: uri.to_owned(),
            });
        }
    }
    faults
}
