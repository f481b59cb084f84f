//! Expressions: the guards, values and outputs of machines that are data (STATECHARTS §8).
//!
//! The syntax is CEL's, the values are JSON's, the meaning is fixed here and nowhere else: the same text gives the
//! same result in every language. An expression is pure: it reads its scope, no clock, no chance, no host. Text comes
//! from outside, so everything is bounded: its length and nesting when it is compiled, steps and bytes when it runs.

mod calls;
mod compile;
mod error;
mod evaluate;
mod functions;
mod meter;
mod operate;
mod output;
mod parse;
mod pattern;
mod primary;
mod print;
mod program;
mod signature;
mod template;
mod token;
mod value;
mod view;

pub use compile::Expression;
pub use error::{EvaluationError, ExpressionError, Fault, Place, Spent, SyntaxFault, ValueKind};
pub use program::{MAX_COMPREHENSIONS, MAX_NESTING, MAX_PATTERNS, MAX_TEXT};
pub use template::{Template, TemplateError, TemplateFault, TemplateProblem};
pub use view::{Member, Object, View};
