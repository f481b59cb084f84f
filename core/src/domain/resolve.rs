//! From the list of domains that emitting code gives to the domains of the events made (SPEC §8).

use std::sync::Arc;

use crate::environment::Limits;
use crate::subject::Subject;

/// One entry of a list of domains: a name, the local flow, or a symbol that stands for a domain found when the
/// event is emitted.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub enum Domain {
    /// No domain: the event stays in the local flow.
    #[default]
    Local,
    /// The domain of the emitting handler's contract.
    FromSelfContract,
    /// The domain of the contract of the event being emitted.
    FromEventContract,
    /// The domain of the event being handled.
    FromTriggeringEvent,
    /// The domain inside the handled event's subject.
    FromCurrentSubject,
    /// The domain inside the parent workflow's subject.
    FromParentSubject,
    /// Wherever the conversation takes place: see [`Domain::resolve`].
    OrchestrationContext,
    /// This domain; its grammar is checked when the event is made.
    Named(Arc<str>),
}

impl Domain {
    /// Every symbol with the text that stands for it in JSON; **wire**.
    pub const SYMBOLS: [(Self, &'static str); 6] = [
        (Self::FromSelfContract, "domain.contract.self.inherit"),
        (Self::FromEventContract, "domain.contract.inherit"),
        (Self::FromTriggeringEvent, "domain.event.inherit"),
        (Self::FromCurrentSubject, "domain.event.current.subject"),
        (Self::FromParentSubject, "domain.parent.subject"),
        (Self::OrchestrationContext, "domain.orchestration.context"),
    ];

    /// Reads an entry as it stands in JSON; null and an empty text are [`Domain::Local`].
    ///
    /// ```
    /// use arvo::Domain;
    /// assert_eq!(Domain::of(None), Domain::Local);
    /// assert_eq!(Domain::of(Some("domain.event.inherit")), Domain::FromTriggeringEvent);
    /// assert_eq!(Domain::of(Some("human.review")), Domain::Named("human.review".into()));
    /// ```
    pub fn of(text: Option<&str>) -> Self {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Self::Local };
        let symbol = Self::SYMBOLS.into_iter().find(|(_, name)| *name == text);
        symbol.map_or_else(|| Self::Named(text.into()), |(symbol, _)| symbol)
    }

    /// The domain that this entry stands for in `context`; `None` is the local flow.
    ///
    /// [`Domain::OrchestrationContext`], with c = domain in the current subject, p = domain in the parent subject,
    /// t = the triggering event's domain: without a parent, t null → local, c = t → local, else c; with a parent,
    /// c = p → local, else p.
    ///
    /// ```
    /// let context = arvo::DomainContext { triggering_event: Some("human.review"), ..Default::default() };
    /// assert_eq!(arvo::Domain::FromTriggeringEvent.resolve(&context).as_deref(), Some("human.review"));
    /// assert_eq!(arvo::Domain::OrchestrationContext.resolve(&context), None);
    /// ```
    pub fn resolve(&self, context: &DomainContext<'_>) -> Option<Arc<str>> {
        match self {
            Self::Local => None,
            Self::Named(name) => Some(name.clone()),
            Self::FromSelfContract => context.self_contract.map(Arc::from),
            Self::FromEventContract => context.event_contract.map(Arc::from),
            Self::FromTriggeringEvent => context.triggering_event.map(Arc::from),
            Self::FromCurrentSubject => context.current(),
            Self::FromParentSubject => context.parent(),
            Self::OrchestrationContext => context.orchestration(),
        }
    }

    /// Resolves a whole list; duplicates fall away afterwards, order is kept.
    ///
    /// ```
    /// use arvo::Domain;
    /// let list = [Domain::Local, Domain::Named("a".into()), Domain::FromSelfContract];
    /// let found = Domain::resolve_all(&list, &arvo::DomainContext::default());
    /// assert_eq!(found, [None, Some("a".into())]);
    /// ```
    pub fn resolve_all(list: &[Self], context: &DomainContext<'_>) -> Vec<Option<Arc<str>>> {
        let mut found = Vec::with_capacity(list.len());
        for entry in list {
            let domain = entry.resolve(context);
            if !found.contains(&domain) {
                found.push(domain);
            }
        }
        found
    }
}

/// What symbols are resolved in. Absent texts are null; a text that is no subject has no domain.
#[derive(Clone, Copy, Debug, Default)]
pub struct DomainContext<'a> {
    /// Domain of the emitting handler's contract.
    pub self_contract: Option<&'a str>,
    /// Domain of the contract of the event being emitted; absent for a type without contract.
    pub event_contract: Option<&'a str>,
    /// Domain of the event being handled.
    pub triggering_event: Option<&'a str>,
    /// Subject of the event being handled.
    pub current_subject: Option<&'a str>,
    /// Subject of the parent workflow.
    pub parent_subject: Option<&'a str>,
    /// Limits on reading subjects.
    pub limits: Limits,
}

impl DomainContext<'_> {
    fn current(&self) -> Option<Arc<str>> {
        self.domain_in(self.current_subject)
    }

    fn parent(&self) -> Option<Arc<str>> {
        self.domain_in(self.parent_subject)
    }

    fn orchestration(&self) -> Option<Arc<str>> {
        if self.parent_subject.is_some() {
            let parent = self.parent();
            return if self.current() == parent { None } else { parent };
        }
        let triggering = self.triggering_event?; // decided before the subject is read: the common case costs nothing
        self.current().filter(|current| **current != *triggering)
    }

    fn domain_in(&self, subject: Option<&str>) -> Option<Arc<str>> {
        Subject::cached(subject?, &self.limits).ok()?.domain().map(Arc::from)
    }
}
