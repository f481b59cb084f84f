"""broker.json: whole flows through the broker, and the bare dispatcher."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Optional

import arvo
import contracts
from arvo._arvo import Dispatcher
from case import Case, Expectations
from file_handler import handler
from file_orchestrator import orchestrator
from file_resumable import resumable
from matching import differences
from outcomes import failure


def cases(data: Mapping[str, Any], expectations: Expectations) -> Iterator[Case]:
    """All groups."""
    for case in data["cases"]:
        yield expectations.case("cases", case["name"], case, partial(compared, data))
    for case in data["raw"]:
        yield expectations.case("raw", case["name"], case, operated)


def failures(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Every error that the case of this name produces (for errors.json)."""
    for case in data["cases"]:
        if case["name"] == name:
            found = flow(data, case)
            if "construction" in found:
                yield {"error": found["construction"]}
            yield from (each for each in [*found["results"], *found["errors"]] if "error" in each)


def compared(data: Mapping[str, Any], case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Compare all that came of a flow."""
    yield from differences(plain(expect), plain(flow(data, case)), {})


def plain(told: Any) -> Any:
    """Errors that are no violations by their text alone: their class is each language's own."""
    told = copy.deepcopy(told)
    for entry in [*told["errors"], *told["results"]]:
        if "error" in entry and entry["error"] is None:
            del entry["error"]
        elif "error" in entry and "violation" not in entry["error"]:
            entry["error"] = {"message": entry["error"]["message"]}
    if told.get("construction"):
        told["construction"] = {"message": told["construction"]["message"]}
    return told


def flow(data: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Make the broker and resolve each event."""
    errors: list[Any] = []
    domained: list[Any] = []
    memory = arvo.InMemory()
    made = {name: contracts.contract(definition) for name, definition in data["contracts"].items()}
    make: dict[str, Callable[[Any], Any]] = {
        "handler": lambda each: handler(made, each),
        "resumable": lambda each: resumable(data, each, memory),
        "orchestrator": lambda each: orchestrator(data, each, memory),
    }
    handlers = [make[each["kind"]](each) for each in case["handlers"]]

    def on_error(error: BaseException, event: arvo.Event) -> None:
        told = failure(error)
        errors.append({"error": told.get("violation") or told["error"], "event": event.to_dict()})

    def on_domained_event(event: arvo.Event, publish: Any) -> None:
        domained.append({"domain": event.domain, "event": event.to_dict()})
        if case["onDomained"] == "publish":
            publish(event)

    callback = on_domained_event if case.get("onDomained") else None
    try:
        broker = arvo.Broker(handlers, on_error=on_error, on_domained_event=callback)
    except arvo.Error as error:
        return {"results": [], "construction": failure(error)["error"], "errors": [], "domained": []}
    return {
        "results": [resolved(broker, event) for event in case["resolve"]],
        "history": [event.to_dict() for event in broker.history],
        "topics": broker.topics,
        "queueLength": broker.queued,
        "errors": errors,
        "domained": domained,
    }


def resolved(broker: arvo.Broker, event: Mapping[str, Any]) -> dict[str, Any]:
    """One conversation."""
    try:
        answer = broker.resolve(arvo.Event.from_json(event))
    except arvo.Error as error:
        return failure(error)
    return {"resolved": answer and answer.to_dict()}


def operated(case: Mapping[str, Any], expect: Any) -> Iterator[str]:
    """Run the operations of a case on a dispatcher whose subscribers do what their names say."""
    yield from differences(expect, Operations(case["maxQueueSize"]).run(case["operations"]), {})


class Operations:
    """A dispatcher, and what came of each operation."""

    def __init__(self, limit: int) -> None:
        self.dispatcher = Dispatcher(limit, False)
        self.names: dict[int, str] = {}
        self.deliveries: list[Any] = []
        self.errors: list[Any] = []
        self.made = 0

    def run(self, operations: list[Any]) -> dict[str, Any]:
        results = [self.result(operation) for operation in operations]
        topics = self.dispatcher.topics
        return {
            "results": results,
            "deliveries": self.deliveries,
            "errors": self.errors,
            "topics": topics,
            "subscribers": {topic: self.dispatcher.subscribers(topic) for topic in topics},
            "history": [event.id for event in self.dispatcher.history],
            "queueLength": self.dispatcher.queued,
        }

    def result(self, operation: list[Any]) -> Any:
        try:
            self.operate(*operation)
        except arvo.BrokerError as error:
            result: Any = {"error": str(error)}
        else:
            result = "ok"
        while (work := self.dispatcher.next()) is not None:
            if work.kind == "deliver":
                self.deliver(work)
            elif work.kind == "failed":
                self.errors.append({"message": str(work.error), "event": work.event.id})
        return result

    def operate(self, kind: str, first: Any, name: str = "", alone: bool = False) -> None:
        if kind == "subscribe":
            self.names[self.dispatcher.subscribe(first, alone, False)] = name
        elif kind == "unsubscribe":
            for number in [number for number, known in self.names.items() if known == first]:
                self.dispatcher.unsubscribe(number)
        else:
            self.dispatcher.publish(arvo.Event.from_json(first))

    def deliver(self, work: Any) -> None:
        name = self.names[work.subscriber]
        self.deliveries.append([name, work.event.id])
        failed: Optional[str] = name.removeprefix("fails:") if name.startswith("fails:") else None
        try:
            for topic in name.removeprefix("publishes:").split(",") if name.startswith("publishes:") else ():
                self.made += 1
                self.dispatcher.publish(published(self.made, topic), work.errand)
        except arvo.BrokerError as error:
            failed = str(error)
        if failed is None:
            self.dispatcher.answer(work.delivery, [])
        else:
            self.dispatcher.fail(work.delivery)
            self.errors.append({"message": failed, "event": work.event.id})


def published(number: int, topic: str) -> arvo.Event:
    """An event of a subscriber's own."""
    return arvo.Event(
        id=f"p{number}", source="com.test.subscriber", type="com.raw.event", subject="raw", to=topic, data={}
    )
