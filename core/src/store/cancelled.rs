//! What whoever began a workflow is told when it is cancelled: its contract's system error (STORE decision 7).

use std::sync::Arc;

use serde_json::json;

use crate::contract::parent_subject;
use crate::environment::Environment;
use crate::event::{Dataschema, Event, EventDraft};
use crate::subject::Subject;

use super::backend::Backend;
use super::error::StoreError;
use super::incoming::Incoming;

/// The event for the initiator, made from the event that began the workflow; none where that is not known.
pub(super) fn notice(
    backend: &mut dyn Backend,
    subject: &str,
    environment: &Arc<Environment>,
) -> Result<Option<Incoming>, StoreError> {
    let limits = environment.limits();
    let Ok(named) = Subject::cached(subject, limits) else { return Ok(None) };
    let history = backend.history(subject)?;
    let parsed = history.iter().filter_map(|posting| Event::parse(&posting.event, limits).ok());
    let Some(init) = parsed.into_iter().find(|event| event.type_() == named.orchestrator()) else { return Ok(None) };
    let parent = parent_subject(&init.data_at_hand());
    let uri = init.dataschema().and_then(Dataschema::split).map_or("", |(uri, _)| uri);
    let draft = EventDraft::new(named.orchestrator(), format!("sys.{}.error", named.orchestrator()))
        .subject(parent.as_deref().unwrap_or(subject))
        .to(named.initiator())
        .dataschema(format!("{uri}/0.0.0"))
        .data(json!({
            "errorName": "WorkflowCancelled",
            "errorMessage": "the workflow was cancelled",
            "errorStack": null,
        }));
    let draft = EventDraft { parentid: Some(init.envelope().id.clone()), ..draft };
    let refused = |why: String| StoreError::Sql { why };
    let event = draft.build(environment).map_err(|error| refused(error.to_string()))?;
    Incoming::of(&event, None, limits).map(Some)
}
