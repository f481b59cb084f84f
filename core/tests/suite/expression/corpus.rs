//! Inputs that were, or might be, trouble: none may panic, hang, or print as something else.

use std::fs;
use std::path::Path;

use arvo::Limits;
use arvo::expression::Expression;
use serde_json::json;

#[test]
fn no_input_of_the_corpus_panics_and_what_compiles_prints_as_itself() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the corpus is there") {
        let path = entry.expect("a file of the corpus").path();
        let bytes = fs::read(&path).expect("a readable file");
        let text = String::from_utf8_lossy(&bytes);
        count += 1;
        let Ok(expression) = Expression::compile(&text, &["a", "context", "event"]) else { continue };
        let scope = json!({"x": [1, {"y": "z"}], "n": null});
        let _result = expression.evaluate(&[&scope, &scope, &scope], &Limits::default());
        let printed = expression.to_string();
        if let Ok(again) = Expression::compile(&printed, &["a", "context", "event"]) {
            assert_eq!(again.to_string(), printed, "{}", path.display());
        }
    }
    assert!(count >= 40, "the corpus is not empty");
}
