//! What is recorded of executions, and when (SPEC §16). The core names spans, attributes and metrics and dates them;
//! the language records them in the user's own tracer and meter, and exports them as that is set up.
//!
//! An [`Opening`] says how an execution's span begins. The span's headers and whether anybody listens come back as a
//! [`Trace`]; then every turn of the execution carries [`Note`]s, to be written on that span in order.

mod creation;
mod line;
mod metric;
mod note;
mod recording;
mod span;
mod traceparent;
mod tracestate;

pub use crate::event::EVENT_ATTRIBUTES;
pub use creation::Creation;
pub(crate) use line::Line;
pub use metric::{Instrument, Measure, Metric};
pub use note::{Child, Mark, Note, Severity, Status};
pub(crate) use recording::{Recording, consumable, seconds, told};
pub use span::{Attribute, Opening, SpanKind, SpanSpec, Trace};
pub use traceparent::is_traceparent;
pub use tracestate::tracestate_of;
