"""What a store tells: receipts, workflows, deliveries, counts. Times are milliseconds since 1970."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple, Optional, Union

from arvo._arvo import Event
from arvo.memory import Record

__all__ = ["Columns", "Control", "Counts", "Posting", "Receipt", "Status", "Tally", "When", "WorkflowRow", "millis"]

Status = Literal["new", "active", "done", "failed"]
"""How far a workflow is; `new`: an event names it, nothing is recorded yet."""
Control = Literal["run", "pause", "cancel"]
"""Whether a workflow goes on; `pause`: a dead letter stops it."""
When = Union[datetime, int]
"""A time: with its time zone, or in milliseconds since 1970."""


class Receipt(NamedTuple):
    """That an event is in the store."""

    seq: int
    """Number of its delivery."""
    fresh: bool
    """Whether this call stored it; otherwise it was there already, and nothing was changed."""


class WorkflowRow(NamedTuple):
    """A workflow, or another subject that events name."""

    subject: str
    """Its subject."""
    consumer: Optional[str]
    """Type of its orchestrator or resumable; None: no workflow."""
    version: Optional[str]
    """Its version."""
    parent: Optional[str]
    """Subject of the workflow that began it."""
    revision: int
    """How often its record was written."""
    status: Status
    """How far it is."""
    control: Control
    """Whether it goes on."""
    worker: Optional[str]
    """Name of the worker that is at it."""
    changed: int
    """Its last change."""
    record: Optional[Record]
    """Its record; only where one workflow was asked for."""


class Posting(NamedTuple):
    """One delivery: an event, to one consumer."""

    seq: int
    """Its number; later ones are higher."""
    cause: Optional[int]
    """Number of the delivery that led to it."""
    subject: str
    """The subject."""
    consumer: str
    """Who shall handle it."""
    domain: str
    """The domain that it waits in; empty: the local flow."""
    state: Literal["waiting", "claimed", "done", "dead", "dropped"]
    """How far it is."""
    due: int
    """When it may be handled."""
    tries: int
    """How often it was claimed."""
    done: Optional[int]
    """When it was handled."""
    failures: list[dict[str, Any]]
    """Why it failed so far: `name`, `message` and `at`."""
    event: Event
    """The event."""


class Counts(NamedTuple):
    """How many there are of what."""

    workflows: dict[str, int]
    """Workflows by status; cancelled ones count as `cancelled`, paused ones as `paused`."""
    deliveries: dict[str, int]
    """Deliveries by state."""
    domains: dict[str, int]
    """Waiting events by domain."""
    workers: list[str]
    """Workers whose lease goes on."""


class Columns(NamedTuple):
    """What a query gave."""

    columns: list[str]
    """Names of the columns."""
    rows: list[list[Any]]
    """The rows: text, numbers, None."""


class Tally(NamedTuple):
    """What a worker did so far."""

    claimed: int = 0
    """Events claimed."""
    repeated: int = 0
    """Of these, claimed before, by whomever."""
    handled: int = 0
    """Executions whose effects are real."""
    failed: int = 0
    """Executions that failed and go again later, or are dead letters now."""
    lost: int = 0
    """Executions that ended after somebody else had taken over: without effect."""


def millis(when: When) -> int:
    """A time as the store has it."""
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise ValueError(f"the time {when} has no time zone; give it one, such as timezone.utc")
        return int(when.timestamp() * 1000)
    return when
