//! Domains beside the recorded cases: names, and what a list becomes.

use arvo::{Domain, DomainContext, DomainName, DomainNameError, Subject};
use proptest::prelude::*;

use crate::support::environment;

#[test]
fn a_name_says_which_character_is_wrong_and_where() {
    let error = "humanReview".parse::<DomainName>().unwrap_err();
    assert_eq!(error, DomainNameError::Character { text: "humanReview".into(), at: 5, found: 'R' });
    assert_eq!("".parse::<DomainName>(), Err(DomainNameError::Empty));
    assert_eq!("human.review".parse::<DomainName>().unwrap().to_string(), "human.review");
}

#[test]
fn each_symbol_is_read_from_its_text() {
    for (symbol, text) in Domain::SYMBOLS {
        assert_eq!(Domain::of(Some(text)), symbol);
    }
    assert_eq!(Domain::of(Some("")), Domain::Local);
    assert_eq!(Domain::of(None), Domain::default());
}

#[test]
fn duplicates_fall_away_after_resolution_and_order_stays() {
    let context = DomainContext { self_contract: Some("a"), event_contract: Some("b"), ..DomainContext::default() };
    let list = [
        Domain::Named("b".into()),
        Domain::FromSelfContract,
        Domain::Local,
        Domain::FromEventContract,
        Domain::FromTriggeringEvent,
        Domain::Named("a".into()),
    ];
    let found = Domain::resolve_all(&list, &context);
    assert_eq!(found, [Some("b".into()), Some("a".into()), None]);
    assert!(Domain::resolve_all(&[], &context).is_empty());
}

#[test]
fn a_text_that_is_no_subject_has_no_domain() {
    let subject = Subject::root("arvo.orc.a", "com.a.b").domain(Some("eu")).build(&environment()).unwrap().encode();
    let of =
        |current| DomainContext { current_subject: Some(current), triggering_event: Some("x"), ..Default::default() };
    assert_eq!(Domain::FromCurrentSubject.resolve(&of(&subject)).as_deref(), Some("eu"));
    assert_eq!(Domain::FromCurrentSubject.resolve(&of("order/17")), None);
    assert_eq!(Domain::OrchestrationContext.resolve(&of(&subject)).as_deref(), Some("eu"));
    assert_eq!(Domain::OrchestrationContext.resolve(&of("order/17")), None);
}

proptest! {
    #[test]
    fn a_name_is_what_the_grammar_generates(text in "[a-z0-9.]{1,40}") {
        let name: DomainName = text.parse().unwrap();
        prop_assert_eq!(name.as_str(), &text);
    }

    #[test]
    fn any_other_text_is_none(text in ".{0,6}[^a-z0-9.].{0,6}") {
        prop_assert!(text.parse::<DomainName>().is_err());
    }
}
