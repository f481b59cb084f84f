//! Executions in OpenTelemetry's own SDK: whose child a span is, what is measured, and that nothing of it harms an
//! execution. A process has one tracer, so this is a program of its own, and its tests run one at a time.

#![allow(clippy::unwrap_used)] // helpers of tests may stop too

mod hostile;
mod measured;
mod nested;
mod world;
