//! Local delivery: whose event is it, who is busy, what is left of a conversation? (SPEC §15)

#[allow(clippy::module_inception)] // the file holds the type of that name
mod broker;
mod builder;
mod dispatcher;

pub use broker::{Broker, BrokerFailure, Problem};
pub(crate) use broker::{Done, Inner, Pump, Receiver, State};
pub use builder::BrokerBuilder;
pub use dispatcher::{BrokerError, Delivery, Dispatcher, Errand, Subscriber, Work};
