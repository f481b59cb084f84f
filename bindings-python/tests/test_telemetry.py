"""Telemetry: whose child a span is, what is passed on and measured; that it harms nothing, and is off by default."""

from __future__ import annotations

import asyncio
import contextvars
import doctest
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import arvo
import pytest
import sums as machines
from flow import CALC, CONTRACT, AsyncTable, add, flow, go_on, go_on_later, start
from opentelemetry import metrics, trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from pydantic import BaseModel, field_validator
from tracing import PARENT, UNSAMPLED, attributes_of, id_of, measured, parent_of, provided, traced
from working_store import at_work


def call(subject: str = "s/1", **attributes: Any) -> arvo.Event:
    return CALC.version("1.0.0").accepts({"a": 1, "b": 2}, source="com.shop.web", subject=subject, **attributes)


def with_own_span(given: arvo.Input[Any]) -> arvo.Output:
    with trace.get_tracer("user").start_as_current_span("own"):
        return add(given)


async def with_own_span_later(given: arvo.Input[Any]) -> arvo.Output:
    await asyncio.sleep(0)
    with trace.get_tracer("user").start_as_current_span(f"own {given.data['a']}"):
        await asyncio.sleep(0.001)
        return add(given)


PLAIN = arvo.handler(CALC, {"1.0.0": with_own_span})
LATER = arvo.handler(CALC, {"1.0.0": with_own_span_later})


def test_a_users_span_is_a_child_of_the_executions() -> None:
    with traced() as spans:
        [event] = PLAIN.execute(call(traceparent=PARENT, tracestate="vendor=x"))
        assert trace.get_current_span() is trace.INVALID_SPAN
    execution = spans.one("Handler<")
    assert parent_of(execution) == int("00f067aa0ba902b7", 16)
    assert parent_of(spans.one("own")) == parent_of(spans.one("EventFactory.emits<")) == id_of(execution)
    assert event.traceparent is not None
    assert event.traceparent.startswith(f"00-4bf92f3577b34da6a3ce929d0e0e4736-{id_of(execution):016x}-")
    assert event.tracestate == "vendor=x"


def test_executions_side_by_side_keep_their_spans_apart() -> None:
    events = [
        CALC.version("1.0.0").accepts({"a": number, "b": 0}, source="com.shop.web", subject="s/1")
        for number in range(20)
    ]

    async def main() -> None:
        await asyncio.gather(*(LATER.execute(event) for event in events))
        assert trace.get_current_span() is trace.INVALID_SPAN

    with traced() as spans:
        asyncio.run(main())
    executions = {attributes_of(each)["consumable.0.cloudevents.event_id"]: each for each in spans.named("Handler<")}
    for number, event in enumerate(events):
        own = [each for each in spans.all if each.name == f"own {number}"]
        assert [parent_of(each) for each in own] == [id_of(executions[event.id])]


def test_guards_and_actions_of_machines_are_inside_the_span() -> None:
    def seen(name: str) -> None:
        with trace.get_tracer("user").start_as_current_span(name):
            pass

    guards = {"more": lambda context: seen("guard") or len(context["rest"]) > 1}
    actions = {"ask": arvo.enqueue_actions(lambda enqueue: seen("action") or enqueue(machines.ACTIONS["ask"]))}
    broker = arvo.Broker([arvo.orchestrator(machines.machine(guards, actions)), PLAIN])
    with traced() as spans:
        broker.resolve(start(1, 2))
    executions = [id_of(each) for each in spans.named("Orchestrator<")]
    assert [executions.index(parent_of(each) or 0) for each in spans.named("action")] == [0, 1]
    assert [executions.index(parent_of(each) or 0) for each in spans.named("guard")] == [1, 2]


def test_a_workflows_functions_and_memory_are_inside_the_span() -> None:
    async def watched(given: arvo.ResumableInput) -> arvo.Resumed:
        arvo.log_to_span("the function")
        return go_on(given)

    def read() -> None:
        arvo.log_to_span("the memory")

    workflow: Any = flow(watched, AsyncTable("read", read))
    with traced() as spans:
        asyncio.run(workflow.execute(start(1)))
    lines = [(each.attributes or {}).get("log.message") for each in spans.one("Resumable<").events]
    assert lines.index("the memory") < lines.index("the function")


def test_schemas_of_the_program_are_inside_the_span() -> None:
    class Number(BaseModel):
        n: int

        @field_validator("n")
        @classmethod
        def seen(cls, n: int) -> int:
            arvo.log_to_span(f"validated {n}")
            return n

    spec = arvo.VersionSpec(accepts=Number, emits=Number)
    contract = arvo.Contract.simple(uri="#/services/one", type="one.more", versions={"1.0.0": spec})

    def one_more(given: arvo.Input[Number]) -> arvo.Output:
        return arvo.Output("evt.one.more.success", {"n": given.data.n + 1})

    with traced() as spans:
        event = contract.version("1.0.0").accepts(Number(n=1), source="com.shop.web", subject="s/1")
        arvo.handler(contract, {"1.0.0": one_more}).execute(event)

    def lines(name: str) -> list[Any]:
        said = [(each.attributes or {}).get("log.message") for each in spans.one(name).events]
        return [line for line in said if str(line).startswith("validated")]

    assert lines("Handler<") == ["validated 1", "validated 2"]


@pytest.mark.parametrize("how", ["broker", "async broker", "worker", "async worker"])
def test_the_spans_of_an_order_are_one_trace(how: str) -> None:
    later = arvo.handler(CALC, {"1.0.0": with_own_span_later})
    with traced() as spans:
        event = start(1, 2)
        if how == "broker":
            answer = arvo.Broker([flow(), PLAIN]).resolve(event)
        elif how == "async broker":
            answer = asyncio.run(arvo.AsyncBroker([flow(go_on_later), later]).resolve(event))
        elif how == "worker":
            store = arvo.Store("sqlite::memory:")
            with at_work(store, [flow(), PLAIN]):
                answer = store.wait(store.publish(event), 20)
        else:
            answer = asyncio.run(worked(event, [flow(go_on_later), later]))
    assert answer is not None
    assert answer.data["total"] == 3
    making = spans.one("OrchestratorEventFactory.init<arvo.orc.sum>")
    chain = [each for each in spans.all if each.name.startswith(("Resumable<", "Handler<"))]
    assert [each.name.partition("<")[0] for each in chain] == ["Resumable", "Handler"] * 2 + ["Resumable"]
    assert [parent_of(each) for each in chain] == [id_of(each) for each in [making, *chain[:-1]]]
    assert len({each.context.trace_id for each in spans.all if each.context}) == 1


async def worked(event: arvo.Event, handlers: Sequence[Any]) -> Any:
    store = arvo.AsyncStore("sqlite::memory:")
    worker = arvo.AsyncWorker(store, handlers)
    running = asyncio.create_task(worker.run())
    answer = await store.wait(await store.publish(event))
    worker.stop()
    await running
    return answer


def untraced(number: int) -> arvo.Event:
    """From a program that does not trace."""
    data = {"a": number, "b": 0}
    return arvo.Event(
        traced=False,
        type="com.calc.add",
        source="com.shop.web",
        subject="s/1",
        data=data,
        dataschema="#/services/add/1.0.0",
    )


def test_a_workers_spans_are_no_children_of_whatever_was_active_when_its_loop_first_used_a_store() -> None:
    async def main() -> None:
        with trace.get_tracer("user").start_as_current_span("start up"):
            store = arvo.AsyncStore("sqlite::memory:")
            await store.counts()
        worker = arvo.AsyncWorker(store, [LATER])
        running = asyncio.create_task(worker.run())
        for number in range(3):
            event = untraced(number)
            await store.wait(await store.publish(event))
        worker.stop()
        await running

    with traced() as spans:
        asyncio.run(main())
    assert [parent_of(each) for each in spans.named("Handler<")] == [None] * 3


def test_what_is_not_sampled_is_passed_on_and_not_recorded() -> None:
    def watched(given: arvo.Input[Any]) -> arvo.Output:
        assert not trace.get_current_span().is_recording()
        return with_own_span(given)

    unsampled = call(traceparent=UNSAMPLED, tracestate="vendor=x")
    with traced() as spans:
        [event] = arvo.handler(CALC, {"1.0.0": watched}).execute(unsampled)
        assert spans.all == []
    assert event.traceparent is not None
    assert (event.traceparent[3:35], event.traceparent[-2:]) == (UNSAMPLED[3:35], "00")
    assert event.tracestate == "vendor=x"


def test_a_malformed_traceparent_counts_as_none(capfd: pytest.CaptureFixture[str]) -> None:
    for traceparent in ("nonsense", PARENT.upper(), "00-" + "0" * 32 + PARENT[35:]):
        with traced() as spans, trace.get_tracer("user").start_as_current_span("outer") as outer:
            PLAIN.execute(call(traceparent=traceparent, tracestate="vendor=x"))
            assert parent_of(spans.one("Handler<")) == outer.get_span_context().span_id
    assert capfd.readouterr() == ("", "")


def test_of_a_tracestate_the_well_formed_members_count(capfd: pytest.CaptureFixture[str]) -> None:
    with traced():
        [event] = PLAIN.execute(call(traceparent=PARENT, tracestate="a=1, nonsense,b=2,,A=3,a=4,c@d=5"))
    assert event.tracestate == "a=1,b=2,c@d=5"
    assert capfd.readouterr() == ("", "")


def test_whose_child_the_span_is_can_be_chosen() -> None:
    with traced() as spans, trace.get_tracer("user").start_as_current_span("outer") as outer:
        PLAIN.execute(call(traceparent=PARENT), inherit_from="context")
        asyncio.run(LATER.execute(call(traceparent=PARENT), inherit_from="context"))
        flow().execute(start(1, 2), inherit_from="context")
        arvo.orchestrator(machines.machine()).execute(start(1, 2), inherit_from="context")
        executions = [each for each in spans.all if each.name.startswith(("Handler", "Resumable", "Orchestrator"))]
        assert [parent_of(each) for each in executions if "Factory" not in each.name] == [
            outer.get_span_context().span_id
        ] * 4


def test_spans_can_have_names_and_attributes_of_their_own() -> None:
    span = arvo.SpanSpec("Payments", {"team": "billing", "tries": 2, "arvo.handler.source": "mine"})
    contract, services = CONTRACT, {"calc": CALC.version("1.0.0")}
    with traced() as spans:
        arvo.handler(CALC, {"1.0.0": add}, span=span).execute(call())
        arvo.resumable(contract, {"1.0.0": go_on}, services=services, span=span).execute(start(1))
        arvo.orchestrator(machines.machine(), span=span).execute(start(1))
    named = [attributes_of(each) for each in spans.named("Payments")]
    assert [(each["team"], each["tries"]) for each in named] == [("billing", 2)] * 3
    assert [each["arvo.handler.source"] for each in named] == ["com.calc.add", "arvo.orc.sum", "arvo.orc.sum"]
    with pytest.raises(ValueError, match="neither text, number nor bool"):
        arvo.handler(CALC, {"1.0.0": add}, span=arvo.SpanSpec(attributes={"a": []}))  # type: ignore[dict-item]


def test_programs_write_on_spans_in_the_same_words() -> None:
    error = ValueError("no name")
    with traced() as spans:
        with trace.get_tracer("user").start_as_current_span("outer") as outer:
            arvo.log_to_span("half way")
            arvo.exception_to_span(error)
            assert arvo.span_headers() == arvo.span_headers(outer)
            assert call(**arvo.span_headers()).traceparent == arvo.span_headers()["traceparent"]
        other = trace.get_tracer("user").start_span("other")
        arvo.log_to_span("elsewhere", "CRITICAL", span=other)
        other.end()
    line, exception = spans.one("outer").events
    assert (line.name, dict(line.attributes or {})) == ("log", {"log.severity": "INFO", "log.message": "half way"})
    assert (exception.name, dict(exception.attributes or {})["exception.type"]) == ("exception", "ValueError")
    assert attributes_of(spans.one("outer")) == {"exception.type": "ValueError", "exception.message": "no name"}
    assert dict(spans.one("other").events[0].attributes or {})["log.severity"] == "CRITICAL"
    with pytest.raises(ValueError, match="severity is none of"), traced():
        arvo.log_to_span("half way", "LOUD")  # type: ignore[arg-type]


def test_events_that_cannot_be_made_leave_a_span_that_says_so() -> None:
    with traced() as spans:
        with pytest.raises(arvo.EventError):
            arvo.Event(type="com.order.placed", source="", subject="s", data={})
        with pytest.raises(arvo.FactoryError):
            CALC.version("1.0.0").emits("evt.other.thing", {}, source="com.calc.add")
    of_event, by_factory = spans.all
    assert (of_event.name, by_factory.name) == (
        "createArvoEvent<com.order.placed>",
        "EventFactory.emits<evt.other.thing>",
    )
    assert [attributes_of(each)["exception.type"] for each in spans.all] == ["EventError", "FactoryError"]
    assert all(each.status.status_code is trace.StatusCode.ERROR for each in spans.all)


class Broken:
    """A tracer, or whatever it gives, that fails when a method is called; all others do nothing."""

    def __init__(self, method: str) -> None:
        self._method = method

    def __getattr__(self, name: str) -> Any:
        def method(*_: object, **__: object) -> Any:
            if name == self._method:
                raise RuntimeError(f"{name} is broken")
            if name == "get_span_context":
                return trace.SpanContext(1, 1, is_remote=False, trace_flags=trace.TraceFlags(1))
            return self

        return method


CALLS = ["get_tracer", "start_span", "get_span_context", "is_recording"]
CALLS += ["add_event", "set_attributes", "set_status", "end", "nothing"]
METER_CALLS = ["get_meter", "create_counter", "create_histogram", "create_gauge", "add", "record", "set", "nothing"]


@pytest.mark.parametrize("method", CALLS)
def test_a_broken_tracer_loses_no_event(method: str, capfd: pytest.CaptureFixture[str]) -> None:
    workflow: Any = flow(go_on_later)
    with provided(Broken(method)):
        answer = arvo.Broker([flow(), arvo.handler(CALC, {"1.0.0": add})]).resolve(start(1, 2))
        later = asyncio.run(workflow.execute(start(1)))
        with pytest.raises(arvo.ConfigViolation):
            PLAIN.execute(arvo.Event(type="com.other.type", source="com.shop.web", subject="s", data={}))
    assert answer is not None
    assert (answer.data["total"], len(later)) == (3, 1)
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("method", METER_CALLS)
def test_a_broken_meter_loses_no_event(method: str, capfd: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(metrics, "get_meter_provider", return_value=Broken(method)):
        answer = arvo.Broker([flow(), arvo.handler(CALC, {"1.0.0": add})]).resolve(start(1, 2))
    assert answer is not None
    assert answer.data["total"] == 3
    assert capfd.readouterr() == ("", "")


def test_a_cancelled_execution_ends_its_span() -> None:
    async def never(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(1000)
        return add(given)

    async def main() -> None:
        task = asyncio.create_task(arvo.handler(CALC, {"1.0.0": never}).execute(call()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with traced() as spans, measured() as found:
        asyncio.run(main())
        assert [point.value for point in found.points("arvo.execution.violations")] == [1]
    assert spans.one("Handler<").status.status_code is trace.StatusCode.ERROR


def test_an_exporter_that_never_finishes_loses_no_event() -> None:
    class Stuck(SpanExporter):
        def __init__(self) -> None:
            self.asked, self.free = threading.Event(), threading.Event()

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.asked.set()
            self.free.wait()
            return SpanExportResult.FAILURE

    stuck = Stuck()
    processor = BatchSpanProcessor(stuck, max_queue_size=4, max_export_batch_size=1)
    with traced(processor):
        broker = arvo.Broker([flow(), arvo.handler(CALC, {"1.0.0": add})])
        assert broker.resolve(start(1, 2)) is not None
        assert stuck.asked.wait(20)
        answers = [broker.resolve(start(number, 2)) for number in range(10)]
    assert [answer and answer.data["total"] for answer in answers] == [number + 2 for number in range(10)]
    stuck.free.set()
    processor.shutdown()


def test_executions_are_measured() -> None:
    with measured() as found:
        broker = arvo.Broker([flow(locking=True), arvo.handler(CALC, {"1.0.0": add})])
        broker.publish(start(1, 2))
        [depth] = found.points("arvo.queue.depth")
        assert depth.value == 1
        broker.run()
        with pytest.raises(arvo.ConfigViolation):
            PLAIN.execute(arvo.Event(type="com.other.type", source="com.shop.web", subject="s", data={}))
        counted = {
            (point.attributes["messaging.destination.name"], point.attributes.get("error.type")): point.value
            for point in found.points("messaging.client.consumed.messages")
        }
        assert counted == {
            ("arvo.orc.sum", None): 3,
            ("com.calc.add", None): 2,
            ("com.calc.add", "ViolationError<Config>"): 1,
        }
        assert sum(point.value for point in found.points("messaging.client.sent.messages")) == 5
        assert [point.value for point in found.points("arvo.execution.violations")] == [1]
        durations = found.points("messaging.process.duration")
        assert sum(point.count for point in durations) == 6
        assert durations[0].explicit_bounds[:3] == (0.005, 0.01, 0.025)
        assert [point.count for point in found.points("arvo.lock.wait.duration")] == [3]
        [depth] = found.points("arvo.queue.depth")
        assert depth.value == 0


@pytest.mark.parametrize("is_async", [False, True])
def test_a_worker_measures_what_waits_in_its_store_for_what_it_serves(is_async: bool) -> None:
    depths: list[list[tuple[float, dict[str, Any]]]] = []

    def look(given: arvo.Input[Any]) -> arvo.Output:
        depths.append([(point.value, dict(point.attributes)) for point in found.points("arvo.queue.depth")])
        return add(given)

    async def look_later(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0)
        return look(given)

    with measured() as found:
        store = arvo.Store("sqlite::memory:")
        receipts = [store.publish(call(subject=f"s/{number}")) for number in range(3)]
        if is_async:
            asyncio.run(answer_all(store, receipts, arvo.handler(CALC, {"1.0.0": look_later})))
        else:
            with at_work(store, [arvo.handler(CALC, {"1.0.0": look})], capacity=1):
                assert all(store.wait(receipt, timeout=30) for receipt in receipts)
    assert depths[0] == [(2, {"messaging.destination.name": "com.calc.add"})]
    assert len(depths) == 3


async def answer_all(store: arvo.Store, receipts: Sequence[arvo.Receipt], handler: arvo.AsyncHandler) -> None:
    worker = arvo.AsyncWorker(store, [handler], capacity=1)
    running = asyncio.create_task(worker.run())
    for receipt in receipts:
        assert await asyncio.to_thread(store.wait, receipt, timeout=30)
    worker.stop()
    await running


def test_a_meter_that_fails_takes_no_event_from_a_worker() -> None:
    fails = mock.Mock(side_effect=OSError("the exporter is gone"))
    meter = mock.Mock(**{f"create_{kind}.return_value": mock.Mock() for kind in ("counter", "histogram")})
    meter.create_gauge.return_value.set = fails
    provider = mock.Mock(**{"get_meter.return_value": meter})
    with mock.patch.object(metrics, "get_meter_provider", return_value=provider):
        store = arvo.Store("sqlite::memory:")
        with at_work(store, [arvo.handler(CALC, {"1.0.0": add})]):
            assert store.wait(store.publish(call()), timeout=30)
    fails.assert_called_once_with(0, {"messaging.destination.name": "com.calc.add"})


def test_a_coroutine_closed_elsewhere_ends_its_span_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    async def never(given: arvo.Input[Any]) -> arvo.Output:
        await Forever()
        return add(given)

    with traced() as spans:
        running = arvo.handler(CALC, {"1.0.0": never}).execute(call())
        contextvars.copy_context().run(running.send, None)
        contextvars.copy_context().run(running.close)
        assert trace.get_current_span() is trace.INVALID_SPAN
        assert spans.one("Handler<").status.status_code is trace.StatusCode.ERROR
    assert capfd.readouterr() == ("", "")


class Forever:
    """Awaited by nobody."""

    def __await__(self) -> Any:
        yield


@pytest.mark.parametrize("provider", [trace.ProxyTracerProvider, trace.NoOpTracerProvider])
def test_a_program_that_registers_no_tracer_pays_nothing(
    provider: Callable[[], trace.TracerProvider], capfd: pytest.CaptureFixture[str]
) -> None:
    idle = provider()
    with provided(idle), mock.patch.object(type(idle), "get_tracer") as asked:
        [event] = PLAIN.execute(call())
        asyncio.run(LATER.execute(call()))
    assert [each.args[0] for each in asked.call_args_list if each.args] == ["user", "user"]  # the functions' own calls
    assert event.traceparent is None
    assert capfd.readouterr() == ("", "")


def test_opentelemetry_is_never_loaded() -> None:
    program = """
import sys, arvo
contract = arvo.Contract.simple(uri="#/greet", type="greet.user", versions={
    "1.0.0": arvo.VersionSpec(accepts={"type": "object"}, emits={"type": "object"})})
greet = arvo.handler(contract, {"1.0.0": lambda input: arvo.Output("evt.greet.user.success", {})})
event = contract.version("1.0.0").accepts({}, source="com.shop.web")
[answer] = greet.execute(event)
assert arvo.Broker([greet]).resolve(event) is not None
arvo.log_to_span("nobody hears this")
arvo.exception_to_span(ValueError())
assert arvo.span_headers() == {"traceparent": None, "tracestate": None}
assert answer.traceparent is None
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_example_of_the_page_runs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text("utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    registered: list[Any] = []
    registering = mock.patch.object(trace, "set_tracer_provider", registered.append)
    with registering, mock.patch.object(trace, "get_tracer_provider", lambda: registered[0]):  # noqa: PT008  # later
        test = doctest.DocTestParser().get_doctest(example, {}, "telemetry.md", None, None)
        failed, attempted = doctest.DocTestRunner().run(test)
    assert attempted
    assert not failed
