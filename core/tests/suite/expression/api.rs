//! What callers of expressions rely on, beyond the shared table.

use arvo::Limits;
use arvo::expression::{EvaluationError, Expression, Fault, SyntaxFault, Template};
use serde_json::{Value, json};

fn compile(text: &str) -> Expression {
    Expression::compile(text, &["context", "event"]).expect(text)
}

fn fault(text: &str, context: &Value) -> EvaluationError {
    compile(text).evaluate(&[context, &Value::Null], &Limits::default()).expect_err(text)
}

#[test]
fn a_caret_counts_characters_not_bytes() {
    let error = fault("'größe' + context.b", &json!({}));
    assert_eq!((error.place.line, error.place.column), (1, 19));
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "  'größe' + context.b");
    assert_eq!(lines[2], "                    ^");
}

#[test]
fn an_error_on_a_later_line_shows_that_line_only() {
    let error = fault("context.a &&\n  context.b > 1", &json!({"a": true, "b": "x"}));
    assert_eq!((error.place.line, error.place.column), (2, 13));
    assert!(error.to_string().ends_with("\n    context.b > 1\n              ^"), "{error}");
}

#[test]
fn a_long_line_is_shortened_around_the_spot() {
    let text = format!("{}context.b{}", "1 + ".repeat(100), " + 1".repeat(100));
    let error = fault(&text, &json!({}));
    assert!(error.place.excerpt.starts_with('…') && error.place.excerpt.ends_with('…'));
    assert!(error.place.excerpt.chars().count() < 120);
    assert_eq!(error.place.excerpt.chars().nth(error.place.offset), Some('b'));
}

#[test]
fn errors_never_hold_values_of_the_scope() {
    let secret = json!({"card": "4111-secret", "list": ["4111-secret"], "map": {"4111-secret": 1}});
    for text in [
        "context.card + 1",
        "context.card.x",
        "context.map[context.card + 'x']",
        "context[context.card]",
        "context.list[context.card]",
        "number(context.card)",
        "bool(context.card)",
        "math.round(context.card)",
        "context.list.join(1)",
        "context.list.sum()",
        "{context.card: 1, context.card: 2}",
        "context.list < context.map",
    ] {
        let text = fault(text, &secret).to_string();
        assert!(!text.contains("4111"), "{text}");
    }
}

#[test]
fn a_guard_must_give_true_or_false() {
    let limits = Limits::default();
    let context = json!({"n": 1, "yes": true});
    assert_eq!(compile("context.yes").test(&[&context, &Value::Null], &limits), Ok(true));
    for text in ["context.n", "'true'", "null", "[]", "context.?yes", "context.?no"] {
        let error = compile(text).test(&[&context, &Value::Null], &limits).unwrap_err();
        assert!(matches!(error.fault, Fault::Kind { wanted: "true or false", .. }), "{text}: {error}");
    }
}

#[test]
fn a_template_is_a_guard_if_it_is_an_expression_alone() {
    let (names, limits, context) = (["context"], Limits::default(), json!({"yes": true}));
    let test = |json: Value| Template::compile(&json, &names).unwrap().test(&[&context], &limits);
    assert_eq!(test(json!({"$": "context.yes"})), Ok(true));
    assert_eq!(test(json!(false)), Ok(false));
    for (json, found) in [
        (json!({"$": "1"}), "a number"),
        (json!(1), "a number"),
        (json!({}), "a map"),
        (json!([{"$": "context.yes"}]), "a list"),
        (json!({"a": {"$": "context.yes"}}), "a map"),
    ] {
        let error = test(json).unwrap_err().to_string();
        assert!(error.contains(&format!("true or false is needed here, and this is {found}")), "{error}");
    }
}

#[test]
fn limits_can_be_set_and_say_their_value() {
    let context = json!({"list": [1, 2, 3]});
    let few = Limits { expression_steps: 5, ..Limits::default() };
    let error = compile("context.list.map(x, x + 1)").evaluate(&[&context], &few).unwrap_err();
    assert_eq!(error.name(), "ExpressionBudget");
    assert!(error.to_string().contains("the steps of this evaluation exceeded the limit of 5"), "{error}");
    let little = Limits { expression_bytes: 10, ..Limits::default() };
    let error = compile("'0123456789' + '0'").evaluate(&[&context], &little).unwrap_err();
    assert!(error.is_budget() && error.to_string().contains("the limit of 10;"), "{error}");
    assert_eq!(fault("context.x", &context).name(), "ExpressionFailed");
}

#[test]
fn a_template_has_one_budget_for_all_its_expressions() {
    let names = ["context"];
    let one = json!({"$": "context.map(x, x)"});
    let context: Value = (0..100).collect();
    let limits = Limits { expression_steps: 500, ..Limits::default() };
    assert!(Template::compile(&one, &names).unwrap().evaluate(&[&context], &limits).is_ok());
    let four = Template::compile(&json!([one, one, one, one]), &names).unwrap();
    let error = four.evaluate(&[&context], &limits).unwrap_err();
    assert_eq!(error.path, "[2]");
    assert!(error.error.is_budget());
}

#[test]
fn constants_of_a_template_count_too() {
    let template = Template::compile(&json!({"a": "0123456789"}), &[]).unwrap();
    let limits = Limits { expression_bytes: 20, ..Limits::default() };
    assert!(template.evaluate(&[], &limits).unwrap_err().error.is_budget());
}

#[test]
fn a_template_reports_every_broken_expression() {
    let broken = json!({"a": {"$": "1 +"}, "b": [{"$": "x"}, {"$": 1}]});
    let paths: Vec<String> = Template::compile(&broken, &[]).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(paths.len(), 3);
    assert!(
        paths[0].starts_with("at .a: ") && paths[1].starts_with("at .b[0]: ") && paths[2].starts_with("at .b[1]: ")
    );
}

#[test]
fn a_template_tells_what_it_is_and_reads() {
    let names = ["context", "event"];
    let constant = Template::compile(&json!({"a": [1, {"$quote": {"$": "x"}}]}), &names).unwrap();
    assert_eq!(constant.constant(), Some(&json!({"a": [1, {"$": "x"}]})));
    let mixed = Template::compile(&json!({"a": [1, {"$": "event.x"}]}), &names).unwrap();
    assert!(mixed.constant().is_none() && mixed.expression().is_none());
    assert!(mixed.reads("event") && !mixed.reads("context"));
    let whole = Template::compile(&json!({"$": "event.x"}), &names).unwrap();
    assert_eq!(whole.expression().map(Expression::source), Some("event.x"));
}

#[test]
fn a_name_without_a_value_is_an_error_not_a_panic() {
    let error = compile("event.x").evaluate(&[&Value::Null], &Limits::default()).unwrap_err();
    assert_eq!(error.fault, Fault::NoValue);
}

#[test]
fn values_are_found_by_name_too() {
    let limits = Limits::default();
    let values = json!({"event": {"n": 2}, "unused": 1, "context": {"n": 1}});
    let values = values.as_object().unwrap();
    assert_eq!(compile("context.n + event.n").evaluate_named(values, &limits), Ok(Some(json!(3))));
    assert_eq!(compile("context.n < event.n").test_named(values, &limits), Ok(true));
    let template = Template::from(compile("event"));
    assert_eq!(template.evaluate_named(values, &limits), Ok(Some(json!({"n": 2}))));
    let error = compile("context.n").evaluate_named(json!({"event": 1}).as_object().unwrap(), &limits).unwrap_err();
    assert_eq!(error.fault, Fault::NoValue);
}

#[test]
fn a_copy_keeps_numbers_as_they_were() {
    let context = json!({"a": 1.0, "b": [18_446_744_073_709_551_615_u64, 1e300]});
    let whole = compile("context").evaluate(&[&context], &Limits::default()).unwrap();
    assert_eq!(whole.map(|value| value.to_string()), Some(context.to_string()));
}

#[test]
fn a_number_behaves_the_same_whether_it_was_written_and_read_again_or_not() {
    let limits = Limits::default();
    for text in ["1e15 * 9", "9007199254740992 * 1", "2.5 * 4", "0.1 + 0.2", "-1 * 0"] {
        let made = compile(text).evaluate(&[], &limits).unwrap().unwrap();
        let read: Value = serde_json::from_str(&made.to_string()).unwrap();
        assert_eq!(made, read, "{text}");
    }
    for number in [1e300, 2f64.powi(60)] {
        let whole = serde_json::from_str(&arvo::json::write(&json!(number), 0)).unwrap();
        let (one, other) = (fault("context * 2", &json!(number)), fault("context * 2", &whole));
        assert_eq!((one.fault, other.fault), (Fault::Inexact, Fault::Inexact));
    }
}

#[test]
fn patterns_are_few_and_a_wide_one_costs_more() {
    let patterns = |count: usize| vec!["context.matches('a')"; count].join(" || ");
    assert!(Expression::compile(&patterns(16), &["context"]).is_ok());
    let error = Expression::compile(&patterns(17), &["context"]).unwrap_err();
    assert_eq!(error.fault, SyntaxFault::TooManyPatterns { limit: 16 });
    let text = json!("ab".repeat(10_000));
    assert_eq!(compile("context.matches('c')").test(&[&text], &Limits::default()), Ok(false));
    assert!(fault("context.matches('(a|b){600}c')", &text).is_budget());
}

#[test]
fn deep_values_are_refused_without_exhausting_the_stack() {
    let mut deep = json!(1);
    for _ in 0..1_000 {
        deep = Value::Array(vec![deep]);
    }
    for text in ["context", "context == [context]", "context == context", "string(context)"] {
        let error = fault(text, &deep);
        assert!(error.is_budget() && error.to_string().contains("the depth of a value"), "{text}: {error}");
    }
}

#[test]
fn what_is_nested_deepest_compiles_prints_and_runs_on_a_small_stack() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(64), close.repeat(64));
    let texts =
        [nested("(", ")"), nested("[", "]"), nested("{'a': ", "}"), nested("string(", ")"), nested("[1][", " - 1]")];
    std::thread::scope(|threads| {
        let small = std::thread::Builder::new().stack_size(1024 * 1024);
        let run = || {
            for text in &texts {
                let expression = compile(text);
                assert_eq!(compile(&expression.to_string()), expression);
                let _result = expression.evaluate(&[], &Limits::default());
            }
        };
        small.spawn_scoped(threads, run).unwrap().join().unwrap();
    });
}

#[test]
fn equal_texts_print_alike_and_brackets_stay_where_they_matter() {
    for (text, printed) in [
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1+(2*3)", "1 + 2 * 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("(1-2)-3", "1 - 2 - 3"),
        ("a||b&&c", "true || true && true"),
        ("(true||false)&&true", "(true || false) && true"),
        ("!(1==2)", "!(1 == 2)"),
        ("- 1", "-1"),
        ("-(1)", "-(1)"),
        ("1- -1", "1 - -1"),
        ("context . a [ 'b' ] .?c", "context.a[\"b\"].?c"),
        ("'a\"\\n'", "\"a\\\"\\n\""),
        ("true?1:false?2:3", "true ? 1 : false ? 2 : 3"),
        ("has((context.a).b)", "has(context.a.b)"),
        ("[1].map( x , x>0 , x )", "[1].map(x, x > 0, x)"),
        ("matches('a', 'b')", "\"a\".matches(\"b\")"),
        ("1e20", "100000000000000000000e0"),
        ("{ 'a' : 1 , }", "{\"a\": 1}"),
    ] {
        let text = text.replace("a||b&&c", "true||true&&true");
        assert_eq!(compile(&text).to_string(), printed);
    }
}

#[test]
fn faults_carry_what_a_program_needs() {
    let Err(error) = Expression::compile("contxt", &["context"]) else { panic!("a name that is not known") };
    assert_eq!(
        error.fault,
        SyntaxFault::UnknownName {
            name: "contxt".to_owned(),
            known: vec!["context".to_owned()],
            nearest: Some("context".to_owned()),
        }
    );
    assert_eq!((error.place.line, error.place.column, error.place.width), (1, 1, 6));
}
