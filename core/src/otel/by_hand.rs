//! What user code writes on the active span itself.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use crate::environment::Environment;
use crate::event::Headers;
use crate::telemetry::{Mark, Note, Severity};

use super::convert;
use super::span::write;

/// Writes a line on the active span: the reference's `logToSpan`.
///
/// ```
/// arvo::otel::log(arvo::telemetry::Severity::Info, "half way");
/// ```
pub fn log(severity: Severity, message: &str) {
    mark(Mark::log(Environment::shared().nanos(), severity, message));
}

/// Records an error on the active span, which then says `exception.type` and `exception.message`: the reference's
/// `exceptionToSpan`. `name` is the error's class.
///
/// ```
/// arvo::otel::exception("Timeout", &std::io::Error::other("nobody answered"));
/// ```
pub fn exception(name: &str, error: &dyn std::error::Error) {
    let message = error.to_string();
    let context = Context::current();
    context.span().set_attributes(convert::attributes(Mark::exception_attributes(name, &message)));
    mark(Mark::exception(Environment::shared().nanos(), name, &message, None));
}

/// The headers of the active span, for whatever is sent by other means; both absent without one.
///
/// ```
/// assert_eq!(arvo::otel::headers(), arvo::Headers::default());
/// ```
pub fn headers() -> Headers {
    convert::headers(Context::current().span().span_context())
}

fn mark(mark: Mark) {
    write(&Context::current().span(), Note::Mark(mark));
}
