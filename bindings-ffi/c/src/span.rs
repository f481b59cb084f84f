//! The span of one execution, or of an event being made, in the tracer of the C program; and which span is current on
//! a thread.

use std::cell::RefCell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

use arvo_core::telemetry::{Child, Creation, Note, Opening, SpanSpec, Trace, is_traceparent};
use arvo_core::{Environment, Event, Headers, Plan, Scalar};
use serde_json::Value;

use crate::boundary::{Caught, Failure, Str};
use crate::event::object;
use crate::pointer::noun;
use crate::telemetry::{
    CBegun, CChild, CMark, COpening, CSpanContext, Tracer, in_c, kind_in_c, mark_in_c, status_in_c, tracer,
};
use crate::value::Json;

/// A span, or none while nobody listens.
#[derive(Default)]
pub(crate) struct Traced(Option<Span>);

/// A span that was begun; dropped, it ends.
struct Span {
    tracer: Arc<Tracer>,
    pointer: Pointer,
    trace: Trace,
    environment: Arc<Environment>,
}

/// The program's own span.
#[derive(Clone, Copy)]
struct Pointer(*mut c_void);

// SAFETY: arvo.h, "Telemetry": a span's functions are called on any thread, one after the other.
unsafe impl Send for Pointer {}
// SAFETY: as above.
unsafe impl Sync for Pointer {}

/// The span's headers and its pointer, where user code asks for them.
#[derive(Clone)]
pub(crate) struct Active {
    pub(crate) tracer: Arc<Tracer>,
    pub(crate) headers: Headers,
    pub(crate) is_recorded: bool,
    pub(crate) environment: Arc<Environment>,
    pointer: Pointer,
}

thread_local! {
    /// Spans that are current on this thread, the innermost last.
    static ACTIVE: RefCell<Vec<Active>> = const { RefCell::new(Vec::new()) };
}

impl Traced {
    /// Begins the span of an execution. `inherit`: as a child of what is current, whatever the event says.
    pub(crate) fn begin(plan: &Plan, event: &Event, environment: &Arc<Environment>, inherit: bool) -> Self {
        Self(tracer().map(|tracer| {
            let mut opening = plan.opening(event, environment);
            opening.parent = opening.parent.filter(|_| !inherit);
            Span::open(tracer, &opening, environment)
        }))
    }

    /// What the execution is told of it.
    pub(crate) fn trace(&self) -> Trace {
        self.0.as_ref().map(|span| span.trace.clone()).unwrap_or_default()
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.0.as_ref().map_or(std::ptr::null_mut(), |span| span.pointer.0)
    }

    /// Records what came of a turn.
    pub(crate) fn record(&self, notes: Vec<Note>) {
        if let Some(span) = &self.0 {
            notes.iter().for_each(|note| span.record(note));
        }
    }

    /// The span is current on this thread until the guard is dropped.
    pub(crate) fn enter(&self) -> Current {
        Current { is_entered: self.0.as_ref().map(Span::enter).is_some(), on_thread: PhantomData }
    }
}

/// Keeps a span current on its thread.
pub(crate) struct Current {
    is_entered: bool,
    on_thread: PhantomData<*const ()>,
}

impl Drop for Current {
    fn drop(&mut self) {
        if !self.is_entered {
            return;
        }
        let Some(Active { tracer, pointer, .. }) = ACTIVE.with_borrow_mut(Vec::pop) else { return };
        if let Some(leave) = tracer.functions.leave {
            // SAFETY: arvo.h, `arvo_enter_fn`: called with its user data and its span.
            unsafe { leave(tracer.user_data.pointer(), pointer.0) }
        }
    }
}

impl Active {
    /// The innermost one on this thread.
    pub(crate) fn now() -> Option<Self> {
        ACTIVE.with_borrow(|active| active.last().cloned())
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer.0
    }
}

impl Span {
    fn open(tracer: Arc<Tracer>, opening: &Opening, environment: &Arc<Environment>) -> Self {
        let parent = opening.parent.as_ref().and_then(context_of);
        let attributes = in_c(&opening.attributes);
        let told = COpening {
            name: Str::of(&opening.name),
            kind: kind_in_c(opening.kind),
            start: opening.at,
            parent: parent.as_ref().map_or(std::ptr::null(), std::ptr::from_ref),
            attributes: attributes.as_ptr(),
            attribute_count: attributes.len(),
        };
        let mut begun = CBegun {
            span: std::ptr::null_mut(),
            context: CSpanContext { tracestate: parent.map_or(Str::NONE, |parent| parent.tracestate), ..NOBODY },
            recorded: tracer.functions.begin.is_some().into(),
        };
        if let Some(begin) = tracer.functions.begin {
            // SAFETY: arvo.h, `arvo_begin_fn`: called with its user data; the rest outlives the call.
            unsafe { begin(tracer.user_data.pointer(), &raw const told, &raw mut begun) }
        }
        let trace = Trace {
            headers: headers_of(&begun.context),
            is_recorded: begun.recorded != 0,
            is_measured: tracer.functions.measure.is_some(),
        };
        Self { tracer, pointer: Pointer(begun.span), trace, environment: Arc::clone(environment) }
    }

    fn enter(&self) {
        let active = Active {
            tracer: Arc::clone(&self.tracer),
            headers: self.trace.headers.clone(),
            is_recorded: self.trace.is_recorded,
            environment: Arc::clone(&self.environment),
            pointer: self.pointer,
        };
        ACTIVE.with_borrow_mut(|all| all.push(active));
        if let Some(enter) = self.tracer.functions.enter {
            // SAFETY: arvo.h, `arvo_enter_fn`: called with its user data and its span.
            unsafe { enter(self.tracer.user_data.pointer(), self.pointer.0) }
        }
    }

    fn record(&self, note: &Note) {
        match note {
            Note::Mark(mark) => self.tracer.mark(self.pointer.0, mark),
            Note::Attributes(list) => self.tracer.attributes(self.pointer.0, list),
            Note::Status(status) => {
                let Some(function) = self.tracer.functions.status else { return };
                let (status, message) = status_in_c(status);
                // SAFETY: arvo.h, `arvo_status_fn`: called with its user data and its span.
                unsafe { function(self.tracer.user_data.pointer(), self.pointer.0, status, message) }
            }
            Note::Child(child) => self.child(child),
            Note::Measure(measure) => self.tracer.measure(measure.metric, measure.value, &measure.attributes),
            _ => {} // a kind of note that this header has no word for
        }
    }

    fn child(&self, child: &Child) {
        let Some(function) = self.tracer.functions.child else { return };
        let attributes = in_c(&child.attributes);
        let of_marks: Vec<_> = child.marks.iter().map(|mark| in_c(&mark.attributes)).collect();
        let marks: Vec<CMark> = child.marks.iter().zip(&of_marks).map(|(mark, of)| mark_in_c(mark, of)).collect();
        let (status, message) = status_in_c(&child.status);
        let told = CChild {
            name: Str::of(&child.name),
            start: child.started,
            end: child.ended,
            attributes: attributes.as_ptr(),
            attribute_count: attributes.len(),
            marks: marks.as_ptr(),
            mark_count: marks.len(),
            status,
            message,
        };
        // SAFETY: arvo.h, `arvo_child_fn`: called with its user data and its span; the rest outlives the call.
        unsafe { function(self.tracer.user_data.pointer(), self.pointer.0, &raw const told) }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(end) = self.tracer.functions.end {
            // SAFETY: arvo.h, `arvo_end_fn`: called with its user data and its span, once and last.
            unsafe { end(self.tracer.user_data.pointer(), self.pointer.0, self.environment.nanos()) }
        }
    }
}

/// Makes an event in a span of its own, whose headers it is to carry.
pub(crate) fn creating(
    environment: &Arc<Environment>,
    creation: impl FnOnce() -> Creation,
    make: impl FnOnce(Headers) -> Result<Event, Caught>,
) -> Result<Event, Caught> {
    let Some(tracer) = tracer().filter(|tracer| tracer.functions.begin.is_some()) else {
        return make(Headers::default());
    };
    let creation = creation();
    let span = Span::open(tracer, &creation.opening(environment), environment);
    let made = make(span.trace.headers.clone());
    if span.trace.is_recorded {
        let notes = match &made {
            Ok(event) => creation.notes(Ok(event.envelope()), environment),
            Err(caught) => caught.told(|name, message| creation.notes(Err((name, message)), environment)),
        };
        notes.iter().for_each(|note| span.record(note));
    }
    made
}

/// What is different about the spans of a handler or workflow. `attributes`, an object, holds texts, numbers and booleans.
pub(crate) fn spec(name: Option<&str>, attributes: Option<&Json>) -> Result<SpanSpec, Failure> {
    let mut spec = SpanSpec { name: name.map(str::to_owned), ..SpanSpec::default() };
    for (name, value) in attributes.map(|given| object(given, "attributes")).transpose()?.into_iter().flatten() {
        let value = match value {
            Value::String(text) => Scalar::from(text.as_str()),
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Number(number) => Scalar::Number(number.clone()),
            other => {
                let found = noun(other);
                let message = format!("attribute \"{name}\" is {found}; pass a text, a number or a boolean");
                return Err(Failure::argument(message));
            }
        };
        spec.attributes.push((name.clone(), value));
    }
    Ok(spec)
}

/// A context that nobody filled in.
pub(crate) const NOBODY: CSpanContext =
    CSpanContext { trace_id: [0; 33], span_id: [0; 17], sampled: 0, tracestate: Str::NONE };

/// The context of well-formed headers, as long as these live.
pub(crate) fn context_of(headers: &Headers) -> Option<CSpanContext> {
    let mut parts = headers.traceparent.as_deref()?.split('-').skip(1);
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let mut context =
        CSpanContext { sampled: flags & 1, tracestate: Str::of_optional(headers.tracestate.as_deref()), ..NOBODY };
    context.trace_id.get_mut(..trace.len())?.copy_from_slice(trace.as_bytes());
    context.span_id.get_mut(..span.len())?.copy_from_slice(span.as_bytes());
    Some(context)
}

/// The headers of a span; none of one that says not, or wrongly, who it is.
fn headers_of(context: &CSpanContext) -> Headers {
    let text =
        |bytes: &[u8]| String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or(bytes)).into_owned();
    let flags = u8::from(context.sampled != 0);
    let traceparent = format!("00-{}-{}-{flags:02x}", text(&context.trace_id), text(&context.span_id));
    if !is_traceparent(&traceparent) {
        return Headers::default();
    }
    // SAFETY: arvo.h, `arvo_begun`: readable until the function that wrote it has returned, and a while longer.
    let tracestate = unsafe { context.tracestate.read_optional("tracestate") }.ok().flatten();
    Headers {
        traceparent: Some(traceparent.into()),
        tracestate: tracestate.filter(|state| !state.is_empty()).map(Into::into),
    }
}
