//! What holds for every text and every scope.

use arvo::Limits;
use arvo::expression::{Expression, MAX_TEXT, SyntaxFault};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: [&str; 3] = ["a", "b", "context"];

/// Pieces of expressions, so that random texts get past the first token.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "b", "context", ".x", ".?x", "[0]", "[?0]", "1", "2.5", "-1", "'t'", "\"é\"", "true", "null", "(", ")",
            "[", "]", "{", "}", ":", ",", "?", "&&", "||", "!", "==", "<", "in", "+", "-", "*", "/", "%", "has(", ".map(x, ",
            ".filter(y, ", ".all(x, ", "x", "y", ".size()", "size(", ".orValue(", "math.round(", "merge(", ".split(", "//", "\n",
            "`k`", "9007199254740993", "1e300", ".matches('", "min(", "string(", "r'", "'''", "\\",
        ]).prop_map(str::to_owned),
        1 => ".{0,3}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

/// Well-formed expressions.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("context.list".to_owned()),
        Just("context.?none".to_owned()),
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        (-1e6..1e6).prop_map(|value: f64| value.to_string()),
        "[a-zé]{0,4}".prop_map(|text| format!("'{text}'")),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let one = inner.clone();
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "&&", "||"]),
                inner.clone()
            )
                .prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
            one.clone().prop_map(|one| format!("({one})")),
            one.clone().prop_map(|one| format!("!({one})")),
            one.clone().prop_map(|one| format!("-({one})")),
            one.clone().prop_map(|one| format!("({one}).size()")),
            one.clone().prop_map(|one| format!("({one}).?k.orValue({one})")),
            one.clone().prop_map(|one| format!("has(({one}).k)")),
            one.clone().prop_map(|one| format!("string({one})")),
            (one.clone(), one.clone()).prop_map(|(list, index)| format!("({list})[{index}]")),
            (one.clone(), one.clone()).prop_map(|(list, body)| format!("({list}).map(x, [x, {body}])")),
            (one.clone(), one.clone()).prop_map(|(list, body)| format!("({list}).filter(y, {body})")),
            (one.clone(), one.clone(), one.clone()).prop_map(|(test, yes, no)| format!("({test}) ? {yes} : ({no})")),
            prop::collection::vec(one.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(one, 0..3).prop_map(|items| {
                let entries: Vec<String> =
                    items.iter().enumerate().map(|(at, item)| format!("'k{at}': {item}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-100i64..100).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-k]{1,2}", inner), 0..12)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whatever comes out is within the limits, and comes out again.
fn run(text: &str, a: &Value, b: &Value) {
    let limits = Limits { expression_steps: 3_000, expression_bytes: 20_000, ..Limits::default() };
    let context = json!({"list": [1, "two", null, {"k": 3}]});
    let Ok(expression) = Expression::compile(text, &NAMES) else { return };
    let scope = [a, b, &context];
    let found = expression.evaluate(&scope, &limits);
    assert_eq!(found, expression.evaluate(&scope, &limits), "pure: {text}");
    if let Ok(Some(value)) = &found {
        assert!(value.to_string().len() <= 8 * 20_000, "bounded: {text}");
        // What was stored and read again is the same to the next expression.
        let read: Value = serde_json::from_str(&value.to_string()).expect("what comes out is JSON");
        let same = Expression::compile("a == b", &["a", "b"]).expect("an expression");
        assert_ne!(same.test(&[value, &read], &limits), Ok(false), "{text}: {value}");
    }
    let printed = expression.to_string();
    if printed.len() > MAX_TEXT {
        return;
    }
    match Expression::compile(&printed, &NAMES) {
        Ok(again) => {
            assert_eq!(again.to_string(), printed, "printing is stable: {text}");
            // Brackets that fell away take steps with them, so budgets aside.
            match (&found, again.evaluate(&scope, &limits)) {
                (Err(error), _) if error.is_budget() => {}
                (Err(error), other) => assert_eq!(other.err().map(|other| other.fault), Some(error.fault), "{text}"),
                (Ok(value), other) => {
                    assert_eq!(other.ok().as_ref(), Some(value), "printing keeps the meaning: {text} / {printed}")
                }
            }
        }
        // Brackets that printing adds count as nesting.
        Err(error) => assert!(matches!(error.fault, SyntaxFault::TooDeep { .. }), "{text} / {printed}: {error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", a in value()) {
        run(&text, &a, &Value::Null);
    }

    #[test]
    fn no_soup_of_tokens_makes_it_panic(text in soup(), a in value(), b in value()) {
        run(&text, &a, &b);
    }

    #[test]
    fn what_is_well_formed_runs_within_its_budget_and_prints_as_itself(text in expression(), a in value(), b in value()) {
        run(&text, &a, &b);
    }

    #[test]
    fn equality_is_the_same_from_both_sides(a in value(), b in value()) {
        let limits = Limits::default();
        let equal = |text: &str| Expression::compile(text, &["a", "b"]).expect("an expression").test(&[&a, &b], &limits);
        prop_assert_eq!(equal("a == b"), equal("b == a"));
        prop_assert_eq!(equal("a == a"), Ok(true));
        prop_assert_eq!(equal("a != b").ok(), equal("a == b").ok().map(|equal| !equal));
        prop_assert_eq!(equal("a in [b]"), equal("a == b"));
    }

    #[test]
    fn numbers_compare_as_numbers_do(a in any::<i64>(), b in any::<i64>()) {
        let limits = Limits::default();
        let less = Expression::compile("a < b", &["a", "b"]).expect("an expression");
        prop_assert_eq!(less.test(&[&json!(a), &json!(b)], &limits), Ok(a < b));
        let sum = Expression::compile("a + b", &["a", "b"]).expect("an expression");
        let exact = |number: i64| number.unsigned_abs() <= 1 << 53;
        let total = a.checked_add(b).filter(|total| exact(a) && exact(b) && exact(*total));
        prop_assert_eq!(sum.evaluate(&[&json!(a), &json!(b)], &limits).ok(), total.map(|total| Some(json!(total))));
    }
}

#[test]
fn the_dearest_expressions_stop_at_their_budget() {
    // Without a rule that a pattern could settle on.
    let mut state = 12_345u32;
    let text: String = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        if state & 1 == 0 { 'a' } else { 'b' }
    })
    .take(400_000)
    .collect();
    let list: Value = (0..5_000).collect();
    let a = json!({"text": text, "list": list});
    for text in [
        "a.list.all(w, a.list.all(x, a.list.all(y, a.list.all(z, true))))",
        "a.list.map(x, a.list)",
        "a.list.map(x, a.text + a.text)",
        "a.list.map(x, a.text.split(''))",
        "a.list.map(x, a.text == a.text + '')",
        "a.list.map(x, a.text.matches('(a|b)*c'))",
        "a.text.matches('(a|b)*a(a|b){300}c')",
        "a.list.map(x, a.list == a.list)",
        "a.list.map(x, x in a.list)",
        "a.list.map(x, a.text.contains('abc'))",
        "a.list.map(x, string(a.list))",
        "a.list.map(x, a.text.size())",
        "a.list.map(x, a.text.upperAscii())",
        "[a.text, a.text, a.text].join(a.text)",
        "merge({'x': a.text}, {'y': a.text + a.text + a.text + a.text})",
    ] {
        let expression = Expression::compile(text, &["a"]).expect("an expression");
        let error = expression.evaluate(&[&a], &Limits::default()).expect_err(text);
        assert!(error.is_budget(), "{text}: {error}");
    }
}
