//! The span of an execution: in the user's tracer, or none where the feature `opentelemetry` is left out.

#[cfg(feature = "opentelemetry")]
pub(super) use crate::otel::{Traced, queue_depth};
#[cfg(all(feature = "opentelemetry", feature = "sqlite"))]
pub(super) use crate::otel::{is_measured, measure};

#[cfg(not(feature = "opentelemetry"))]
pub(super) use silent::{Traced, queue_depth};
#[cfg(all(not(feature = "opentelemetry"), feature = "sqlite"))]
pub(super) use silent::{is_measured, measure};

#[cfg(not(feature = "opentelemetry"))]
mod silent {
    use crate::environment::Environment;
    use crate::event::{Event, Headers};
    use crate::execution::Plan;
    use crate::telemetry::{Note, Trace};

    /// No span: the caller's headers, passed on.
    pub(in crate::driver) struct Traced(Headers);

    /// No guard of an active span.
    pub(in crate::driver) struct Nothing;

    impl Traced {
        pub(in crate::driver) fn begin(_: &Plan, _: &Event, _: &Environment, headers: Headers) -> Self {
            Self(headers)
        }

        pub(in crate::driver) fn trace(&self) -> Trace {
            self.0.clone().into()
        }

        pub(in crate::driver) fn headers(&self) -> &Headers {
            &self.0
        }

        pub(in crate::driver) fn enter(&self) -> Nothing {
            Nothing
        }

        pub(in crate::driver) async fn follow<F: Future>(&self, future: F) -> F::Output {
            future.await
        }

        pub(in crate::driver) fn record(&self, _: Vec<Note>) {}

        pub(in crate::driver) fn end(&self, _: &Environment) {}
    }

    pub(in crate::driver) fn queue_depth(_: impl FnOnce() -> usize) {}

    #[cfg(feature = "sqlite")]
    pub(in crate::driver) fn is_measured() -> bool {
        false
    }

    #[cfg(feature = "sqlite")]
    pub(in crate::driver) fn measure(_: crate::telemetry::Measure) {}
}
