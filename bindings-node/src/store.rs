//! The durable store: requests go to its thread with a ticket of the face's, and come back as letters (see `post`).
//!
//! Every request gives an empty text where it is under way, or why it can't be.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arvo::{Answered, Counts, Event, Posting, Receipt, Reply, Status, Store, StoreError, Which, WorkflowRow};
use napi::bindgen_prelude::{AsyncTask, Function};
use napi::{Either, Env, Task};
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::environment;
use crate::error::Failure;
use crate::later::later;
use crate::post::{Bell, Post};
use crate::recent;
use crate::text::Text;

/// An open store.
#[napi]
pub struct NodeStore(RefCell<Option<Open>>);

/// Both end when the store is closed.
struct Open {
    store: Store,
    post: Arc<Post>,
}

/// Opens a store on another thread: a file may have to be made, and another process may hold it for a while.
pub struct Opening {
    url: String,
    bell: Option<Bell>,
}

impl Task for Opening {
    type Output = Result<Store, StoreError>;
    type JsValue = Either<NodeStore, Text>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let opened = catch_unwind(AssertUnwindSafe(|| Store::open(&self.url)));
        Ok(opened.unwrap_or(Err(StoreError::Lost)))
    }

    fn resolve(&mut self, _env: Env, opened: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match (opened, self.bell.take()) {
            (Ok(store), Some(bell)) => {
                let post = Arc::new(Post::new(bell));
                Either::A(NodeStore(RefCell::new(Some(Open { store, post }))))
            }
            (Err(error), _) => Either::B(Failure::from(error).into()),
            (Ok(_), None) => Either::B(Failure::from(StoreError::Closed).into()),
        })
    }
}

/// Opens a store; `bell` is called when there are letters to fetch.
#[napi(catch_unwind)]
pub fn open_store(url: String, bell: Function<'_, (), ()>) -> napi::Result<AsyncTask<Opening>> {
    Ok(AsyncTask::new(Opening { url, bell: Some(Bell::new(&bell)?) }))
}

#[napi]
impl NodeStore {
    /// The letters that came, see `post`.
    #[napi(catch_unwind)]
    pub fn fetch(&self) -> Text {
        let post = self.0.borrow().as_ref().map(|open| Arc::clone(&open.post));
        post.map_or_else(String::new, |post| post.fetch()).into()
    }

    /// Lets go of the store, which ends with what is under way.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.borrow_mut().take();
    }

    /// What is told of a closed one.
    #[napi(catch_unwind)]
    pub fn closed(&self) -> Text {
        Failure::from(StoreError::Closed).into()
    }

    /// Stores an event.
    #[napi(catch_unwind)]
    pub fn publish(&self, ticket: u32, event: String, deliver_at: Option<f64>) -> Text {
        match read(event) {
            Ok(event) => {
                let deliver_at = deliver_at.map(|time| time as i64);
                self.ask(ticket, |store| store.publish_at(&event, deliver_at), |receipt: Receipt| written(&receipt))
            }
            Err(failure) => failure.into(),
        }
    }

    /// Stores events in one transaction.
    #[napi(catch_unwind)]
    pub fn publish_all(&self, ticket: u32, events: Vec<String>) -> Text {
        self.with_events(events, |events| {
            self.ask(ticket, |store| store.publish_all(events), |receipts: Vec<Receipt>| written(&receipts))
        })
    }

    /// Waits for the answer to a published event, at most so many milliseconds.
    #[napi(catch_unwind)]
    pub fn wait(&self, ticket: u32, seq: f64, limit: Option<f64>) -> Text {
        let limit = limit.map(|limit| limit as i64);
        self.ask(ticket, |store| store.wait(seq as i64, limit), |answered: Answered| told(&answered))
    }

    /// Workflows by what they are.
    #[napi(catch_unwind)]
    pub fn workflows(&self, ticket: u32, which: String) -> Text {
        match which_of(&which) {
            Ok(which) => self.ask(ticket, |store| store.workflows(which), |rows: Vec<WorkflowRow>| written(&rows)),
            Err(failure) => failure.into(),
        }
    }

    /// One workflow, or `null`.
    #[napi(catch_unwind)]
    pub fn workflow(&self, ticket: u32, subject: String) -> Text {
        self.ask(ticket, |store| store.workflow(&subject), |row: Option<WorkflowRow>| written(&row))
    }

    /// A workflow and its descendants.
    #[napi(catch_unwind)]
    pub fn tree(&self, ticket: u32, subject: String) -> Text {
        self.ask(ticket, |store| store.tree(&subject), |rows: Vec<WorkflowRow>| written(&rows))
    }

    /// The events of a subject.
    #[napi(catch_unwind)]
    pub fn history(&self, ticket: u32, subject: String) -> Text {
        self.ask(ticket, |store| store.history(&subject), |rows: Vec<Posting>| written(&rows))
    }

    /// Dead letters.
    #[napi(catch_unwind)]
    pub fn dead(&self, ticket: u32, limit: f64) -> Text {
        self.ask(ticket, |store| store.dead(limit as usize), |rows: Vec<Posting>| written(&rows))
    }

    /// Events that wait in a domain.
    #[napi(catch_unwind)]
    pub fn take(&self, ticket: u32, domain: String, limit: f64) -> Text {
        self.ask(ticket, |store| store.take(&domain, limit as usize), |rows: Vec<Posting>| written(&rows))
    }

    /// Answers one of these.
    #[napi(catch_unwind)]
    pub fn answer(&self, ticket: u32, seq: f64, events: Vec<String>) -> Text {
        self.with_events(events, |events| self.ask(ticket, |store| store.answer(seq as i64, events), nothing))
    }

    /// Lets one of these into the local flow.
    #[napi(catch_unwind)]
    pub fn admit(&self, ticket: u32, seq: f64) -> Text {
        self.ask(ticket, |store| store.admit(seq as i64), nothing)
    }

    /// Tries a dead letter again.
    #[napi(catch_unwind)]
    pub fn retry(&self, ticket: u32, seq: f64) -> Text {
        self.ask(ticket, |store| store.retry(seq as i64), nothing)
    }

    /// Gives a dead letter up.
    #[napi(catch_unwind)]
    pub fn drop_dead(&self, ticket: u32, seq: f64) -> Text {
        self.ask(ticket, |store| store.drop_dead(seq as i64), nothing)
    }

    /// Cancels a workflow and its descendants; gives the subjects.
    #[napi(catch_unwind)]
    pub fn cancel(&self, ticket: u32, subject: String) -> Text {
        self.ask(ticket, |store| store.cancel(&subject), |subjects: Vec<String>| written(&subjects))
    }

    /// Removes subjects that ended before a time; gives how many.
    #[napi(catch_unwind)]
    pub fn purge(&self, ticket: u32, before: f64, limit: f64) -> Text {
        self.ask(ticket, |store| store.purge(before as i64, limit as usize), |gone: usize| written(&gone))
    }

    /// The local domains.
    #[napi(catch_unwind)]
    pub fn domains(&self, ticket: u32) -> Text {
        self.ask(ticket, Store::domains, |domains: Vec<String>| written(&domains))
    }

    /// Lists a domain as local; gives how many events that lets in.
    #[napi(catch_unwind)]
    pub fn add_domain(&self, ticket: u32, domain: String) -> Text {
        self.ask(ticket, |store| store.add_domain(&domain), |admitted: usize| written(&admitted))
    }

    /// Takes a domain off the list.
    #[napi(catch_unwind)]
    pub fn remove_domain(&self, ticket: u32, domain: String) -> Text {
        self.ask(ticket, |store| store.remove_domain(&domain), nothing)
    }

    /// How many there are of what.
    #[napi(catch_unwind)]
    pub fn counts(&self, ticket: u32) -> Text {
        self.ask(ticket, Store::counts, |counts: Counts| {
            let object = |pairs: Vec<(String, i64)>| -> Value {
                pairs.into_iter().map(|(name, count)| (name, count.into())).collect::<Map<_, _>>().into()
            };
            json!({
                "workflows": object(counts.workflows),
                "deliveries": object(counts.deliveries),
                "domains": object(counts.domains),
                "workers": counts.workers,
            })
            .to_string()
        })
    }

    /// Runs a statement that reads.
    #[napi(catch_unwind)]
    pub fn query(&self, ticket: u32, sql: String) -> Text {
        self.ask(ticket, |store| store.query(&sql), |columns| written(&columns))
    }

    /// Writes a copy of the store.
    #[napi(catch_unwind)]
    pub fn backup(&self, ticket: u32, path: String) -> Text {
        self.ask(ticket, |store| store.backup(&path), nothing)
    }
}

impl NodeStore {
    /// The store, for a worker.
    pub fn store(&self) -> Result<Store, Failure> {
        let open = self.0.borrow();
        open.as_ref().map(|open| open.store.clone()).ok_or_else(|| StoreError::Closed.into())
    }

    /// Makes a request; its answer is posted from the store's thread.
    fn ask<T: Send + 'static>(
        &self,
        ticket: u32,
        request: impl FnOnce(&Store) -> Reply<T>,
        tell: impl FnOnce(T) -> String + Send + 'static,
    ) -> Text {
        let open = self.0.borrow();
        let Some(Open { store, post }) = open.as_ref() else { return Failure::from(StoreError::Closed).into() };
        let post = Arc::clone(post);
        later(request(store), move |reply| {
            post.put(ticket, reply.map_or_else(|error| Failure::from(error).to_text(), tell));
        });
        "".into()
    }

    fn with_events(&self, events: Vec<String>, request: impl FnOnce(&[Event]) -> Text) -> Text {
        match events.into_iter().map(read).collect::<Result<Vec<_>, _>>() {
            Ok(events) => request(&events),
            Err(failure) => failure.into(),
        }
    }
}

fn read(text: String) -> Result<Event, Failure> {
    Ok(recent::event_of(text, &environment::limits())?)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Asked {
    status: Option<String>,
    control: Option<String>,
    consumer: Option<String>,
    limit: usize,
    skip: usize,
}

fn which_of(text: &str) -> Result<Which, Failure> {
    let refused = |why: String| Failure::new("store", format!("workflows can't be listed so: {why}"));
    let asked: Asked = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
    let status = asked.status.map(|status| {
        Status::of(&status).ok_or_else(|| {
            refused(format!("status {status:?} is none of {}", Status::ALL.map(Status::as_str).join(", ")))
        })
    });
    let Asked { control, consumer, limit, skip, .. } = asked;
    Ok(Which { status: status.transpose()?, control, consumer, limit, skip })
}

/// An answer, told apart by its only member.
fn told(answered: &Answered) -> String {
    match answered {
        Answered::Not => "null".to_owned(),
        Answered::By(event) => json!({"event": &**event}).to_string(),
        Answered::Dead(causes) => {
            #[derive(Serialize)]
            struct Dead<'a> {
                dead: &'a RawValue,
            }
            serde_json::from_str(causes).map(|dead| written(&Dead { dead })).unwrap_or_else(|_| r#"{"dead":[]}"#.into())
        }
        Answered::Dropped => r#"{"dropped":true}"#.to_owned(),
    }
}

fn nothing((): ()) -> String {
    "null".to_owned()
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| Failure::new("store", error).to_text())
}
