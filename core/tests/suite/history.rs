//! Histories as timelines and sequence diagrams: what is drawn, what is left out, and that no text breaks a picture.

use arvo::history::{Entry, sequence, timeline};
use arvo::{Environment, Event, EventDraft};
use proptest::prelude::*;
use serde_json::json;

/// An event of noon and so many milliseconds.
fn event(id: &str, parent: Option<&str>, (from, to): (&str, &str), type_: &str, millis: u32) -> EventDraft {
    let time = format!("2026-01-31T12:00:{:02}.{:03}Z", millis / 1000, millis % 1000);
    let draft = EventDraft::new(from, type_).subject("order/17").data(json!({})).id(id.into()).to(to).time(time);
    match parent {
        Some(parent) => draft.parentid(parent),
        None => draft,
    }
}

fn built(draft: EventDraft) -> Event {
    draft.build(&Environment::system()).unwrap()
}

const WEB: &str = "com.shop.web";
const ORDER: &str = "arvo.orc.order";
const STOCK: &str = "com.stock.take";
const CARD: &str = "com.card.charge";

/// An order that asks two services at once; one fails.
fn order() -> Vec<Entry> {
    [
        event("1", None, (WEB, ORDER), ORDER, 0),
        event("2", Some("1"), (ORDER, STOCK), STOCK, 12),
        event("3", Some("1"), (ORDER, CARD), CARD, 12).domain("human.review"),
        event("4", Some("2"), (STOCK, ORDER), "evt.stock.take.success", 30).executionunits(2.5),
        event("5", Some("3"), (CARD, ORDER), "sys.com.card.charge.error", 1250),
        event("6", Some("1"), (ORDER, WEB), "arvo.orc.order.done", 1300),
    ]
    .map(|draft| built(draft).into())
    .into()
}

#[test]
fn a_timeline_tells_when_who_what_and_which_event_led_to_it() {
    let wanted = "\
6 events in 1.3 s
1   +0 ms  ●─┬─╮  com.shop.web → arvo.orc.order     arvo.orc.order             1
2  +12 ms  ● │ │  arvo.orc.order → com.stock.take   com.stock.take             2
3  +12 ms  │ ● │  arvo.orc.order → com.card.charge  com.card.charge            3  in human.review
4  +30 ms  ● │ │  com.stock.take → arvo.orc.order   evt.stock.take.success     4  2.5 units
5  +1.2 s    ✗ │  com.card.charge → arvo.orc.order  sys.com.card.charge.error  5
6  +1.3 s      ●  arvo.orc.order → com.shop.web     arvo.orc.order.done        6";
    assert_eq!(timeline(&order(), 120, 100), wanted);
}

#[test]
fn a_sequence_shows_requests_answers_errors_and_domains() {
    let wanted = "sequenceDiagram
    autonumber
    participant p1 as com.shop.web
    participant p2 as arvo.orc.order
    participant p3 as com.stock.take
    participant p4 as com.card.charge
    p1->>p2: arvo.orc.order
    p2->>p3: com.stock.take
    p2-)p4: com.card.charge<br/>in human.review
    p3-->>p2: evt.stock.take.success<br/>2.5 units
    p4--xp2: sys.com.card.charge.error
    p2-->>p1: arvo.orc.order.done
";
    assert_eq!(sequence(&order(), 100), wanted);
}

#[test]
fn what_became_of_a_delivery_is_told() {
    let one = built(event("1", None, (WEB, STOCK), STOCK, 0));
    let told = |state, tries| timeline(&[Entry::delivered(one.clone(), "desk", state, tries)], 200, 10);
    assert!(told("done", 1).ends_with("com.shop.web → desk  com.stock.take  1"), "{}", told("done", 1));
    assert!(told("dead", 3).ends_with("  1  dead, 3 tries"), "{}", told("dead", 3));
    assert!(
        sequence(&[Entry::delivered(one, "desk", "waiting", 0)], 10).ends_with("p1->>p2: com.stock.take<br/>waiting\n")
    );
}

#[test]
fn the_events_of_each_subject_lie_on_a_colour() {
    let of = |id: &str, subject: &str| built(event(id, None, (WEB, STOCK), STOCK, 0).subject(subject)).into();
    let entries: [Entry; 4] = [of("1", "a"), of("2", "a"), of("3", "b"), of("4", "a")];
    let drawn = sequence(&entries, 10);
    let (_, messages) = drawn.split_once("p2 as com.stock.take\n").unwrap();
    let wanted = "    rect rgba(65, 105, 225, 0.12)
    Note over p2: a
    p1->>p2: com.stock.take
    p1->>p2: com.stock.take
    end
    rect rgba(46, 139, 87, 0.12)
    Note over p2: b
    p1->>p2: com.stock.take
    end
    rect rgba(65, 105, 225, 0.12)
    p1->>p2: com.stock.take
    end
";
    assert_eq!(messages, wanted);
}

#[test]
fn of_many_events_the_first_and_the_last_are_shown() {
    let many: Vec<Entry> = (0..2205)
        .map(|at: u32| {
            let parent = at.checked_sub(1).map(|parent| parent.to_string());
            built(event(&at.to_string(), parent.as_deref(), (WEB, STOCK), STOCK, at)).into()
        })
        .collect();
    let text = timeline(&many, 200, 5);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[4]), (7, "2,205 events in 2.2 s", "… 2,200 events left out"));
    assert!(lines[3].starts_with("   3  ") && lines[5].starts_with("2204  "), "{text}");
    assert!(lines[5].ends_with("◀ 2203"), "its cause is not shown: {text}");
    assert!(lines[6].ends_with("2204"), "its cause is: {text}");
    let text = sequence(&many, 5);
    assert!(text.contains("    Note over p1,p2: … 2,200 events left out\n    autonumber 2204\n"), "{text}");
    assert_eq!(text.matches("->>").count(), 5);
    let long = sequence(&many, usize::MAX);
    assert!(long.len() <= 50_000 && long.len() > 25_000, "Mermaid draws no longer text: {}", long.len());
    assert!(long.contains("left out"));
}

#[test]
fn nothing_and_next_to_nothing_can_be_drawn() {
    assert_eq!(timeline(&[], 80, 10), "0 events in 0 ms");
    assert_eq!(sequence(&[], 10), "sequenceDiagram\n    autonumber\n");
    assert!(timeline(&order(), 80, 0).ends_with("… 6 events left out"));
    assert_eq!(timeline(&order(), 0, 10), "\n\n\n\n\n\n");
    assert!(sequence(&order(), 0).ends_with("autonumber 7\n"));
    assert!(sequence(&order(), 1).contains("5 events left out"));
}

/// Texts that Mermaid would read as something else.
fn nasty() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "end",
        ";",
        "#",
        "\n",
        "\"",
        "%%",
        "<br/>",
        "</script>",
        "$$",
        "as",
        ":",
        "wrap:",
        "->>",
        "{",
        "}",
        "\\",
        "`",
        "\u{202e}",
        "\u{2028}",
        "\u{1b}[31m",
        "é",
        "注",
        " ",
    ]);
    prop_oneof![prop::collection::vec(words, 1..8).prop_map(|parts| parts.concat()), "\\PC{1,40}"]
}

proptest! {
    #[test]
    fn no_text_breaks_a_diagram(subject in nasty(), to in nasty(), state in nasty(), consumer in nasty()) {
        let draft = event("1", None, (WEB, &to), STOCK, 0).subject(&*subject);
        let Ok(event) = draft.build(&Environment::system()) else { return Ok(()) };
        let other = built(self::event("2", Some("1"), (STOCK, WEB), STOCK, 1));
        let entries = [Entry::from(&event), Entry::delivered(event, &consumer, &state, 2), other.into()];
        let safe = regex::Regex::new(r"^    (participant p\d+ as |autonumber$|p\d+-->>p\d+: |p\d+->>p\d+: |rect rgba\(|end$|Note over p\d+: )(([\p{Alphabetic}\p{N}\p{M} ._/,()=+…-]|<br/>|#\d+;)*)$").unwrap();
        let text = sequence(&entries, 10);
        prop_assert!(text.starts_with("sequenceDiagram\n"));
        for line in text.lines().skip(1) {
            prop_assert!(safe.is_match(line), "{line:?}");
        }
        prop_assert_eq!(text.matches("\n    rect ").count(), text.matches("\n    end\n").count());
    }

    #[test]
    fn lines_are_as_wide_as_asked_and_move_no_cursor(consumer in nasty(), columns in 0usize..120) {
        let entries = [Entry::delivered(built(event("1", None, (WEB, STOCK), STOCK, 0)), &consumer, "dead", 2)];
        let text = timeline(&entries, columns, 10);
        prop_assert_eq!(text.lines().count(), if columns == 0 { 1 } else { 2 });
        for line in text.lines() {
            prop_assert!(line.chars().count() <= columns.max(1) * 2);
            let moves = line.chars().any(|c| c.is_control() || c == '\u{202e}');
            prop_assert!(!moves, "{line:?}");
        }
    }

    #[test]
    fn any_tree_is_drawn_line_by_line(parents in prop::collection::vec(any::<prop::sample::Index>(), 1..80), most in 0usize..90) {
        let entries: Vec<Entry> = parents
            .iter()
            .enumerate()
            .map(|(at, parent)| {
                let parent = parent.index(at + 1).to_string(); // itself too: a lie, and no cause
                built(event(&at.to_string(), Some(&parent), (WEB, STOCK), STOCK, 0)).into()
            })
            .collect();
        let left_out = entries.len().saturating_sub(most);
        let text = timeline(&entries, 500, most);
        prop_assert_eq!(text.lines().count(), 1 + entries.len().min(most) + usize::from(left_out > 0));
        prop_assert_eq!(text.matches('●').count(), entries.len().min(most));
        prop_assert_eq!(sequence(&entries, most).matches(">>").count(), entries.len().min(most));
    }
}
