//! Domains: processing contexts that an event leaves the local flow for (SPEC §8).

mod name;
mod resolve;

pub use name::{DomainName, DomainNameError};
pub use resolve::{Domain, DomainContext};
