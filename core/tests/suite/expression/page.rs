//! Every example of the page on expressions is a row of the table.

use serde_json::Value;

use super::table::table;

const PAGE: &str = include_str!("../../../../docs/expressions.md");

/// The cells of the page's tables of examples; their heads begin with "expression".
fn examples() -> Vec<(String, String)> {
    PAGE.split("\n\n")
        .filter(|block| block.starts_with("| expression |"))
        .flat_map(str::lines)
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix("` |")?.split("` | `").collect();
            let [expression, outcome] = cells[..] else { return None };
            // A bar within a cell is escaped, as Markdown wants it.
            let expression = expression.replace("\\|", "|");
            // A cell that holds a backtick stands in two of them.
            let plain = expression.strip_prefix("` ").and_then(|inner| inner.strip_suffix(" `")).unwrap_or(&expression);
            Some((plain.to_owned(), outcome.replace("\\|", "|")))
        })
        .collect()
}

#[test]
fn every_example_is_a_row_of_the_table() {
    let table = table();
    let rows: Vec<&Value> = table["cases"].as_array().expect("cases are a list").iter().collect();
    let examples = examples();
    assert!(examples.len() > 50, "{} examples found", examples.len());
    for (expression, outcome) in &examples {
        let row = rows.iter().find(|row| row["expression"] == expression.as_str() && row["scope"] == "order");
        let row = row.unwrap_or_else(|| panic!("no row for {expression}"));
        let expect = &row["expect"];
        let fits = match expect.get("value") {
            Some(value) => serde_json::from_str::<Value>(outcome).is_ok_and(|shown| shown == *value),
            None if expect["absent"] == true => outcome == "nothing",
            None => {
                let text = expect["error"].as_str().or(expect["refused"].as_str()).expect("a row has an outcome");
                text.starts_with(outcome.trim_end_matches('…'))
            }
        };
        assert!(fits, "{expression} gives {outcome} on the page; the row is {row}");
    }
    let documented = rows.iter().filter(|row| row["name"].as_str().is_some_and(|name| name.starts_with("docs/")));
    for row in documented {
        let text = row["expression"].as_str().expect("an expression");
        assert!(examples.iter().any(|(expression, _)| expression == text), "{text} is not on the page");
    }
}

#[test]
fn the_scope_on_the_page_is_the_scope_of_the_rows() {
    let shown =
        PAGE.split("```json scope\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a scope on the page");
    let shown: Value = serde_json::from_str(shown).expect("the scope is JSON");
    assert_eq!(shown, table()["scopes"]["order"]);
}
