//! The span of one execution, from its beginning to its end.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use opentelemetry::context::FutureExt;
use opentelemetry::trace::{SpanBuilder, SpanKind, SpanRef, TraceContextExt, Tracer};
use opentelemetry::{Context, ContextGuard};

use crate::environment::Environment;
use crate::event::{Event, Headers};
use crate::execution::Plan;
use crate::telemetry::{Child, Note, Opening, Trace};

use super::convert;
use super::switch::{Recorders, is_on, recorders};

/// An execution's span, or none while telemetry is off: then every method is one look at a pointer.
pub(crate) struct Traced {
    trace: Trace,
    on: Option<Box<On>>,
}

struct On {
    recorders: Arc<Recorders>,
    context: Context,
}

/// Whether the next execution's span is a child of the active one, whatever its event says.
struct Inherit(bool);

/// Executions that begin inside `future` are children of the span that is active there, not of the one that their
/// event's headers name.
///
/// ```
/// # futures_executor::block_on(async {
/// let result = arvo::otel::inherit_context(async { 1 + 1 }).await; // in place of the 1 + 1: handler.execute(event)
/// assert_eq!(result, 2);
/// # });
/// ```
pub fn inherit_context<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future.with_context(Context::current_with_value(Inherit(true)))
}

impl Traced {
    /// Begins the span; `headers` are the caller's, for executions that have none.
    #[inline]
    pub(crate) fn begin(plan: &Plan, event: &Event, environment: &Environment, headers: Headers) -> Self {
        let begun = if is_on() { On::begin(plan, event, environment) } else { None };
        match begun {
            Some((trace, on)) => Self { trace, on: Some(on) },
            None => Self { trace: headers.into(), on: None },
        }
    }

    /// What the execution is told of it.
    #[inline]
    pub(crate) fn trace(&self) -> Trace {
        self.trace.clone()
    }

    /// The headers that the execution's events carry.
    #[inline]
    pub(crate) fn headers(&self) -> &Headers {
        &self.trace.headers
    }

    /// The span is the active one until the guard is dropped.
    #[inline]
    pub(crate) fn enter(&self) -> Option<ContextGuard> {
        self.on.as_ref().map(|on| on.enter())
    }

    /// The span is the active one whenever `future` runs.
    #[inline]
    pub(crate) async fn follow<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _active = self.enter();
            future.as_mut().poll(context)
        })
        .await
    }

    /// Records what came of a turn.
    #[inline]
    pub(crate) fn record(&self, notes: Vec<Note>) {
        if let Some(on) = &self.on {
            on.record_all(notes);
        }
    }

    /// Ends the span.
    #[inline]
    pub(crate) fn end(&self, environment: &Environment) {
        if let Some(on) = &self.on {
            on.end(environment);
        }
    }
}

impl On {
    #[cold]
    fn begin(plan: &Plan, event: &Event, environment: &Environment) -> Option<(Trace, Box<Self>)> {
        let recorders = recorders()?;
        guarded(|| {
            let context = open(&recorders, plan.opening(event, environment));
            let span = context.span();
            let headers = convert::headers(span.span_context());
            let trace = Trace { headers, is_recorded: span.is_recording(), is_measured: true };
            (trace, Box::new(Self { recorders, context }))
        })
    }

    #[cold]
    fn enter(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    #[cold]
    fn record_all(&self, notes: Vec<Note>) {
        guarded(|| notes.into_iter().for_each(|note| self.record(note)));
    }

    #[cold]
    fn end(&self, environment: &Environment) {
        guarded(|| self.context.span().end_with_timestamp(convert::time(environment.nanos())));
    }

    fn record(&self, note: Note) {
        match note {
            Note::Child(child) => self.child(*child),
            Note::Measure(measure) => self.recorders.meters.record(measure),
            note => write(&self.context.span(), note),
        }
    }

    fn child(&self, child: Child) {
        let Child { name, started, ended, attributes, marks, status } = child;
        let builder = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(convert::time(started))
            .with_attributes(convert::attributes(attributes));
        let context = self.context.with_span(self.recorders.tracer.build_with_context(builder, &self.context));
        let span = context.span();
        marks.into_iter().for_each(|mark| write(&span, Note::Mark(mark)));
        write(&span, Note::Status(status));
        span.end_with_timestamp(convert::time(ended));
    }
}

/// Writes on a span what belongs to it alone.
pub(super) fn write(span: &SpanRef<'_>, note: Note) {
    match note {
        Note::Mark(mark) => {
            let attributes = convert::attributes(mark.attributes);
            span.add_event_with_timestamp(mark.name, convert::time(mark.at), attributes);
        }
        Note::Attributes(list) => span.set_attributes(convert::attributes(list)),
        Note::Status(status) => span.set_status(convert::status(status)),
        Note::Child(_) | Note::Measure(_) => {} // those are its execution's to write
    }
}

/// Begins a span and gives the context in which it is active.
pub(super) fn open(recorders: &Recorders, opening: Opening) -> Context {
    let active = Context::current();
    let is_inherited = active.get::<Inherit>().is_some_and(|inherit| inherit.0);
    let remote = opening.parent.as_ref().filter(|_| !is_inherited).and_then(convert::remote);
    let parent = match remote {
        Some(remote) => active.with_remote_span_context(remote),
        None => active,
    };
    let parent = if is_inherited { parent.with_value(Inherit(false)) } else { parent };
    let builder = SpanBuilder::from_name(opening.name)
        .with_kind(convert::kind(opening.kind))
        .with_start_time(convert::time(opening.at))
        .with_attributes(convert::attributes(opening.attributes));
    let span = recorders.tracer.build_with_context(builder, &parent);
    parent.with_span(span)
}

/// A tracer that panics harms no execution.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}
