//! What expressions cost: compiled, as guard and as assign, and when a budget is used up. Allocates with mimalloc, as the
//! addons do.

use arvo::Limits;
use arvo::expression::{Expression, Template};
use divan::{Bencher, black_box};
use mimalloc::MiMalloc;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const NAMES: [&str; 2] = ["context", "event"];
const GUARD: &str = "context.total > 1000 && context.tier != \"gold\"";
const SUM: &str = "context.items.map(i, i.price * i.count).sum()";

fn main() {
    divan::main();
}

fn context() -> Value {
    let item = json!({"name": "cup", "price": 2.5, "count": 4, "paid": true});
    json!({"total": 1200, "tier": "silver", "tries": 1, "errors": [], "items": vec![item; 10]})
}

fn evaluate(bencher: Bencher, text: &str) {
    let expression = Expression::compile(text, &NAMES).expect("an expression");
    let (context, event, limits) = (context(), json!({"data": {"total": 150}}), Limits::default());
    bencher.bench_local(|| expression.evaluate(&[black_box(&context), &event], &limits));
}

#[divan::bench]
fn compile_guard() -> Expression {
    Expression::compile(black_box(GUARD), &NAMES).expect("an expression")
}

#[divan::bench]
fn compile_sum() -> Expression {
    Expression::compile(black_box(SUM), &NAMES).expect("an expression")
}

#[divan::bench]
fn test_guard(bencher: Bencher) {
    let guard = Expression::compile(GUARD, &NAMES).expect("an expression");
    let (context, event, limits) = (context(), json!({"data": {"total": 150}}), Limits::default());
    bencher.bench_local(|| guard.test(&[black_box(&context), &event], &limits));
}

#[divan::bench]
fn test_guard_of_event_and_context(bencher: Bencher) {
    let guard = Expression::compile("event.data.total > 100 && context.tries < 3", &NAMES).expect("an expression");
    let (context, event, limits) = (context(), json!({"data": {"total": 150}}), Limits::default());
    bencher.bench_local(|| guard.test(&[black_box(&context), &event], &limits));
}

#[divan::bench]
fn sum_of_map_over_10_items(bencher: Bencher) {
    evaluate(bencher, SUM);
}

#[divan::bench]
fn add_1(bencher: Bencher) {
    evaluate(bencher, "context.tries + 1");
}

#[divan::bench]
fn failing_optional(bencher: Bencher) {
    evaluate(bencher, "context.?absent.orValue(0) + 1");
}

#[divan::bench]
fn assign_of_two_keys(bencher: Bencher) {
    let assign = json!({"tries": {"$": "context.tries + 1"}, "total": {"$": SUM}});
    let template = Template::compile(&assign, &NAMES).expect("a template");
    let (context, event, limits) = (context(), Value::Null, Limits::default());
    bencher.bench_local(|| template.evaluate(&[black_box(&context), &event], &limits));
}

#[divan::bench]
fn emit_of_a_service_request(bencher: Bencher) {
    let emit = json!({"type": "com.order.pay", "data": {"amount": {"$": "context.total"}, "tier": {"$": "context.tier"},
        "names": {"$": "context.items.map(i, i.name)"}, "note": {"$": "context.?note"}}});
    let template = Template::compile(&emit, &NAMES).expect("a template");
    let (context, event, limits) = (context(), Value::Null, Limits::default());
    bencher.bench_local(|| template.evaluate(&[black_box(&context), &event], &limits));
}

#[divan::bench]
fn used_up_budget_of_100_000_steps(bencher: Bencher) {
    let text = "context.list.all(w, context.list.all(x, context.list.all(y, w + x + y >= 0)))";
    let expression = Expression::compile(text, &NAMES).expect("an expression");
    let (context, limits) = (json!({"list": (0..100).collect::<Value>()}), Limits::default());
    bencher.bench_local(|| expression.evaluate(&[black_box(&context), &Value::Null], &limits));
}

/// A pattern that no automaton of bounded size fits, over text without a rule; just within the budget.
#[divan::bench]
fn used_up_budget_in_a_pattern(bencher: Bencher) {
    let mut state = 12_345u32;
    let random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        if state & 1 == 0 { 'a' } else { 'b' }
    };
    let text: String = std::iter::repeat_with(random).take(2_600).collect();
    let expression = Expression::compile("context.matches('(a|b)*a(a|b){300}c')", &NAMES).expect("an expression");
    let (context, limits) = (Value::String(text), Limits::default());
    assert_eq!(expression.test(&[&context], &limits), Ok(false));
    bencher.bench_local(|| expression.test(&[black_box(&context), &Value::Null], &limits));
}
