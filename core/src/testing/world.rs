//! Who plays in a simulation: workflows with children, services, subjects; the same in every run, made once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::Contract;
use crate::environment::{Clock, Environment, IdSource};
use crate::event::{Event, EventDraft, EventId};
use crate::execution::{HandlerSpec, Plan, ResumableSpec};
use crate::handler::BoxError;
use crate::store::{Incoming, Served};
use crate::subject::Subject;

pub(super) const FLOW: &str = "arvo.orc.flow";
pub(super) const CHILD: &str = "arvo.orc.child";
pub(super) const SERVICES: [&str; 2] = ["com.svc.one", "com.svc.two"];
pub(super) const CLIENT: &str = "com.shop.client";
pub(super) const DOMAIN: &str = "human.desk";
/// Its version is one that no worker has.
pub(super) const UNSERVED: usize = FLOWS - 1;
const FLOWS: usize = 8;
const PLAIN: usize = 4;

/// Statements that the database refuses name this.
pub(super) const REFUSED: &str = "refused";

/// Virtual time and ids, by seed.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    pub(super) now: Arc<AtomicI64>,
    pub(super) ids: Arc<AtomicU64>,
}

impl Clock for Source {
    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

impl IdSource for Source {
    fn uuid(&self) -> Uuid {
        let next = self.ids.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (next ^ (next >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Uuid::from_u64_pair(mixed ^ (mixed >> 29), next)
    }
}

/// The players.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) source: Source,
    pub(super) environment: Arc<Environment>,
    /// Subjects of workflows; each may have one child.
    pub(super) flows: Vec<Arc<str>>,
    pub(super) children: Vec<Arc<str>>,
    pub(super) plain: Vec<Arc<str>>,
    /// What kinds of workers serve; the first serves everything.
    pub(super) kinds: Vec<Vec<Arc<Plan>>>,
    pub(super) served_by_any: Vec<Served>,
}

/// An event in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft<'a> {
    pub(super) id: String,
    pub(super) from: &'a str,
    pub(super) type_: &'a str,
    pub(super) to: &'a str,
    pub(super) subject: &'a str,
    pub(super) parent: Option<&'a str>,
    pub(super) domain: Option<&'a str>,
    pub(super) deliver_at: Option<i64>,
}

impl Cast {
    pub(super) fn new() -> Result<Self, BoxError> {
        let source = Source::default();
        let environment = Arc::new(Environment::new(source.clone(), source.clone()));
        let (mut flows, mut children) = (Vec::new(), Vec::new());
        for at in 0..FLOWS {
            let version = match at {
                UNSERVED => "3.0.0",
                _ if at % 3 == 2 => "2.0.0",
                _ => "1.0.0",
            };
            let flow = Subject::root(FLOW, CLIENT).version(version).build(&environment)?;
            children.push(flow.child(CHILD).version("1.0.0").build(&environment)?.encode().into());
            flows.push(flow.encode().into());
        }
        let plain = (0..PLAIN).map(|at| format!("plain/{at}").into()).collect();
        let object = || json!({"type": "object"});
        let both = Contract::orchestrator("#/flow", "flow").version("1.0.0", object(), object());
        let first = Contract::orchestrator("#/flow", "flow").version("1.0.0", object(), object()).build()?;
        let both = both.version("2.0.0", object(), object()).build()?;
        let child = Contract::orchestrator("#/child", "child").version("1.0.0", object(), object()).build()?;
        let both = Plan::resumable(ResumableSpec::new(&both, ["1.0.0", "2.0.0"]))?;
        let first = Plan::resumable(ResumableSpec::new(&first, ["1.0.0"]))?;
        let child = Plan::resumable(ResumableSpec::new(&child, ["1.0.0"]))?;
        let mut services = Vec::new();
        for name in ["svc.one", "svc.two"] {
            let contract = Contract::simple("#/svc", name).version("1.0.0", object(), object()).build()?;
            services.push(Plan::handler(HandlerSpec::new(&contract, ["1.0.0"]))?);
        }
        let all = vec![both.clone(), child.clone(), services[0].clone(), services[1].clone()];
        let kinds = vec![
            all,
            vec![first.clone(), services[0].clone()],
            vec![child, both],
            vec![services[0].clone(), services[1].clone()],
            vec![first],
        ];
        let of =
            |consumer: &str, version: &str, lane| Served { consumer: consumer.into(), version: version.into(), lane };
        let lanes = [(FLOW, "1.0.0"), (FLOW, "2.0.0"), (CHILD, "1.0.0")].map(|(name, version)| of(name, version, true));
        let others = [FLOW, CHILD, SERVICES[0], SERVICES[1]].map(|name| of(name, "", false));
        let own = SERVICES.map(|name| of(name, "1.0.0", false));
        let served_by_any = lanes.into_iter().chain(others).chain(own).collect();
        Ok(Self { source, environment, flows, children, plain, kinds, served_by_any })
    }

    pub(super) fn reset(&self, seed: u64) {
        self.source.now.store(1_700_000_000_000, Ordering::Relaxed);
        self.source.ids.store(seed << 20, Ordering::Relaxed);
    }

    pub(super) fn incoming(&self, draft: &Draft<'_>) -> Result<Incoming, BoxError> {
        let data = match draft.parent {
            Some(parent) => json!({"parentSubject$$": parent}),
            None => Value::Object(serde_json::Map::new()),
        };
        let made = EventDraft::new(draft.from, draft.type_)
            .id(EventId::DeveloperManaged(draft.id.clone()))
            .to(draft.to)
            .subject(draft.subject)
            .dataschema("#/svc/1.0.0")
            .data(data);
        let made = match draft.domain {
            Some(domain) => made.domain(domain),
            None => made,
        };
        let event: Event = made.build(&self.environment)?;
        Ok(Incoming::of(&event, draft.deliver_at, self.environment.limits())?)
    }

    /// The number of a subject of a workflow or a child.
    pub(super) fn number(&self, subject: &str) -> Option<usize> {
        let is = |own: &Arc<str>| **own == *subject;
        self.flows.iter().position(is).or_else(|| self.children.iter().position(is))
    }
}

/// The first event of a workflow or a child: it has the same id each time.
pub(super) fn opening<'a>(cast: &'a Cast, number: usize, child: bool) -> Draft<'a> {
    let (name, from, subject, parent) = if child {
        (CHILD, FLOW, &cast.children[number], Some(&*cast.flows[number]))
    } else {
        (FLOW, CLIENT, &cast.flows[number], None)
    };
    Draft {
        id: format!("fixed-{name}-{number}"),
        from,
        type_: name,
        to: name,
        subject,
        parent,
        domain: None,
        deliver_at: None,
    }
}
