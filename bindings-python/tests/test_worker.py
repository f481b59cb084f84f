"""Workers: whole workflows on a file, once each; what becomes of failures; several workers, some of which die."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import arvo
import pytest
import sums as machines
from flow import CALC, CONTRACT, DONE, add, flow, go_on, go_on_later, start
from pydantic import BaseModel
from working_store import at_work, program, sums, until, url_of

SOON = arvo.Retry(tries=3, first=0.01, longest=0.02)


def call(number: int = 1, **attributes: Any) -> arvo.Event:
    return CALC.version("1.0.0").accepts({"a": number, "b": 2}, source="com.shop.web", subject="s/1", **attributes)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return url_of(tmp_path)


@pytest.fixture
def store(url: str) -> arvo.Store:
    return arvo.Store(url)


async def add_later(given: arvo.Input[Any]) -> arvo.Output:
    await asyncio.sleep(0.001)
    return add(given)


def total(answer: Optional[arvo.Event]) -> Any:
    assert answer is not None
    assert answer.type == DONE
    return answer.data["total"]


def test_a_workflow_runs_to_its_end(store: arvo.Store) -> None:
    event = start(1, 2)
    with at_work(store, sums()) as worker:
        assert total(store.wait(store.publish(event), 20)) == 3
    assert worker.tally() == (5, 0, 5, 0, 0)
    found = store.workflow(event.subject)
    assert found is not None
    assert (found.status, found.revision, found.worker) == ("done", 3, None)


def test_machines_run_as_functions_do(store: arvo.Store) -> None:
    orchestrator = arvo.orchestrator(machines.machine())
    with at_work(store, [orchestrator, arvo.handler(CALC, {"1.0.0": add})]) as worker:
        receipts = store.publish_all([start(1, 2), start(3, 4)])
        assert [total(store.wait(receipt, 20)) for receipt in receipts] == [3, 7]
    assert worker.tally().handled == 10


def test_an_event_loop_runs_them_side_by_side(url: str) -> None:
    running = most = 0

    async def count(given: arvo.Input[Any]) -> arvo.Output:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return add(given)

    async def main() -> None:
        store = arvo.AsyncStore(url)
        worker = arvo.AsyncWorker(store, [flow(go_on_later), arvo.handler(CALC, {"1.0.0": count})], capacity=20)
        task = asyncio.create_task(worker.run())
        receipts = await store.publish_all([start(number, 1) for number in range(100)])
        answers = await asyncio.gather(*(store.wait(receipt, 30) for receipt in receipts))
        assert [total(answer) for answer in answers] == [number + 1 for number in range(100)]
        worker.stop()
        await asyncio.wait_for(task, 20)
        assert worker.tally().handled == 500
        assert (await store.counts()).workers == []

    asyncio.run(main())
    assert 5 < most <= 20


def test_plain_functions_run_in_an_event_loop_too(url: str) -> None:
    async def main() -> None:
        store = arvo.AsyncStore(url)
        orchestrator = arvo.orchestrator(machines.machine())
        worker = arvo.AsyncWorker(store, [orchestrator, arvo.handler(CALC, {"1.0.0": add})])
        task = asyncio.create_task(worker.run())
        receipts = await store.publish_all([start(number, 1) for number in range(300)])
        assert total(await store.wait(receipts[-1], 30)) == 300
        worker.stop()
        await task

    asyncio.run(main())


def test_an_event_that_comes_a_hundred_times_at_once_is_handled_once(store: arvo.Store) -> None:
    calls: list[str] = []

    def counted(given: arvo.Input[Any]) -> arvo.Output:
        calls.append(given.event.id)
        return add(given)

    event = start(1, 2)
    receipts: list[arvo.Receipt] = []
    barrier = threading.Barrier(10)

    def publish() -> None:
        barrier.wait()
        receipts.extend(store.publish(event) for _ in range(10))

    with at_work(store, sums(counted)), at_work(store, sums(counted)):
        threads = [threading.Thread(target=publish) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers = [store.wait(receipt, 20) for receipt in receipts]
    assert len(answers) == 100
    assert {answer and answer.to_json() for answer in answers} == {answers[0] and answers[0].to_json()}
    assert sum(receipt.fresh for receipt in receipts) == 1
    assert len(calls) == len(set(calls)) == 2


def test_an_ordinary_exception_is_an_answer(store: arvo.Store) -> None:
    def fail(_: arvo.Input[Any]) -> arvo.Output:
        raise ValueError("no such number")

    with at_work(store, [arvo.handler(CALC, {"1.0.0": fail})]) as worker:
        answer = store.wait(store.publish(call()), 20)
    assert answer is not None
    assert (answer.type, answer.data["errorMessage"]) == ("sys.com.calc.add.error", "no such number")
    assert (worker.tally().handled, worker.tally().failed) == (1, 0)


class Busy(arvo.Violation):
    pass


@pytest.mark.parametrize(
    ("raised", "tries"),
    [
        (arvo.ContractViolation("wrong data"), 1),
        (arvo.ConfigViolation("wrong wiring"), 1),
        (arvo.ExecutionViolation("later"), 3),
        (Busy("later"), 3),
        (SystemExit("enough"), None),
    ],
)
def test_a_violation_is_a_dead_letter_at_once_or_after_its_tries(
    store: arvo.Store, raised: BaseException, tries: Optional[int]
) -> None:
    seen: list[BaseException] = []

    def fail(_: arvo.Input[Any]) -> arvo.Output:
        raise raised

    receipt = store.publish(call())
    options: Any = {"retry": SOON, "on_error": lambda error, event: seen.append(error)}
    if tries is None:  # the worker ends with it; the event goes on with the next one
        for _ in range(3):
            with pytest.raises(SystemExit):
                arvo.Worker(store, [arvo.handler(CALC, {"1.0.0": fail})], **options).run()
    else:
        with at_work(store, [arvo.handler(CALC, {"1.0.0": fail})], **options):
            with pytest.raises(arvo.DeadLetterError, match=type(raised).__name__.replace("Violation", "")) as caught:
                store.wait(receipt, 20)
            assert caught.value.seq == receipt.seq
            assert len(caught.value.failures) == tries
        assert seen == [raised] * tries
    [dead] = store.dead()
    assert (dead.seq, dead.state, len(dead.failures)) == (receipt.seq, "dead", tries or 3)


def test_a_dead_letter_is_retried_or_dropped(store: arvo.Store) -> None:
    is_ready = False

    def sometimes(given: arvo.Input[Any]) -> arvo.Output:
        if not is_ready:
            raise arvo.ContractViolation("not yet")
        return add(given)

    with at_work(store, [arvo.handler(CALC, {"1.0.0": sometimes})], retry=SOON):
        receipts = store.publish_all([call(1), call(2)])
        until(lambda: len(store.dead()) == 2)
        is_ready = True
        store.retry(receipts[0].seq)
        answer = store.wait(receipts[0], 20)
        assert answer is not None
        assert answer.data["sum"] == 3
        store.drop(receipts[1].seq)
        with pytest.raises(arvo.StoreError, match="was dropped"):
            store.wait(receipts[1], 20)
        with pytest.raises(arvo.StoreError, match="only one that is"):
            store.retry(receipts[0].seq)


def test_a_dead_letter_of_a_workflow_pauses_it(store: arvo.Store) -> None:
    is_ready = False

    def sometimes(given: arvo.ResumableInput) -> arvo.Resumed:
        if not is_ready and not given.init:
            raise arvo.ConfigViolation("not yet")
        return go_on(given)

    event = start(1, 2)
    with at_work(store, [flow(sometimes), arvo.handler(CALC, {"1.0.0": add})]):
        receipt = store.publish(event)
        until(store.dead)
        assert [each.subject for each in store.workflows(control="pause")] == [event.subject]
        assert store.counts().workflows == {"paused": 1}
        is_ready = True
        store.retry(store.dead()[0].seq)
        assert total(store.wait(receipt, 20)) == 3


class Text(BaseModel):
    text: str

    def model_dump_json(self, **_: Any) -> str:
        raise RuntimeError("this can't be written")


def test_data_that_can_not_be_written_breaks_its_contract(store: arvo.Store) -> None:
    spec = arvo.VersionSpec(accepts={"type": "object"}, emits=Text)
    contract = arvo.Contract.simple(uri="#/services/say", type="say.it", versions={"1.0.0": spec})
    handler = arvo.handler(contract, {"1.0.0": lambda _: arvo.Output("evt.say.it.success", Text(text="x"))})
    event = contract.version("1.0.0").accepts({}, source="com.shop.web", subject="s")
    receipt = store.publish(event)
    with at_work(store, [handler], retry=SOON) as worker, pytest.raises(arvo.DeadLetterError, match="can't be written"):
        store.wait(receipt, 20)
    assert worker.tally().claimed == 1
    [letter] = store.dead()
    assert [failure["name"] for failure in letter.failures] == ["ViolationError<Contract>"]


def test_a_cancelled_function_is_tried_again(url: str) -> None:
    tries: list[int] = []

    async def once(given: arvo.Input[Any]) -> arvo.Output:
        tries.append(1)
        if len(tries) == 1:
            raise asyncio.CancelledError
        return add(given)

    async def main() -> None:
        store = arvo.AsyncStore(url)
        worker = arvo.AsyncWorker(store, [arvo.handler(CALC, {"1.0.0": once})], retry=SOON)
        task = asyncio.create_task(worker.run())
        receipt = await store.publish(call())
        assert await store.wait(receipt, 20) is not None
        worker.stop()
        await task
        [posting] = [each for each in await store.history(call().subject) if each.seq == receipt.seq]
        assert [failure["name"] for failure in posting.failures] == ["CancelledError"]

    asyncio.run(main())
    assert len(tries) == 2


def test_cancelling_the_worker_gives_back_what_it_holds(url: str) -> None:
    async def stuck(_: arvo.Input[Any]) -> arvo.Output:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    begun = asyncio.Event()

    async def main() -> None:
        store = arvo.AsyncStore(url)
        worker = arvo.AsyncWorker(store, [arvo.handler(CALC, {"1.0.0": stuck})], retry=SOON)
        task = asyncio.create_task(worker.run())
        receipt = await store.publish(call())
        await asyncio.wait_for(begun.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with at_work(url, sums()):
            assert await store.wait(receipt, 20) is not None

    asyncio.run(main())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_drain_a_worker(store: arvo.Store, tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    receipts = store.publish_all([start(1, 1) for _ in range(20)])
    with program(store.url, "one", log, "slow") as process:
        until(log.exists)
        begun = time.monotonic()
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert time.monotonic() - begun < 5
    claimed, _, handled, failed, lost = map(int, said.split())
    assert claimed >= handled >= 1
    assert (failed, lost) == (0, 0)
    counts = store.counts()
    assert counts.workers == []
    assert "claimed" not in counts.deliveries
    with at_work(store, sums()):
        assert [total(store.wait(receipt, 30)) for receipt in receipts] == [2] * 20
    tried = [posting.tries for receipt in store.workflows(limit=50) for posting in store.history(receipt.subject)]
    assert max(tried) == 1


def test_a_worker_takes_over_from_one_of_its_name_that_was_killed(store: arvo.Store, tmp_path: Path) -> None:
    log = tmp_path / "log"
    receipt = store.publish(start(1, 2))
    with program(store.url, "one", log, "stuck") as process:
        until(log.exists)
        process.kill()
        process.wait(20)
    assert store.counts().deliveries["claimed"] == 1
    begun = time.monotonic()
    with at_work(store, sums(), name="one") as worker:
        assert total(store.wait(receipt, 20)) == 3
    assert time.monotonic() - begun < 10  # long before the lease ends
    assert worker.tally().repeated == 1


def test_another_worker_takes_over_when_the_lease_ends(store: arvo.Store) -> None:
    receipt = store.publish(call())
    folder = str(Path(__file__).parent)
    with subprocess.Popen([sys.executable, "-c", STUCK, store.url, folder]) as process:
        until(lambda: store.counts().deliveries.get("claimed"))
        process.kill()
    with at_work(store, sums(), lease=0.3) as worker:
        assert store.wait(receipt, 20) is not None
    assert worker.tally().repeated == 1


STUCK = """if True:
    import sys, time
    sys.path.insert(0, sys.argv[2])
    import arvo
    from working_store import sums
    arvo.Worker(sys.argv[1], sums(lambda given: time.sleep(60)), lease=0.5).run()
"""


def test_a_long_function_keeps_its_lease(store: arvo.Store) -> None:
    calls: list[int] = []

    def long(given: arvo.Input[Any]) -> arvo.Output:
        calls.append(1)
        time.sleep(1)
        return add(given)

    with at_work(store, sums(long), lease=0.2), at_work(store, sums(long), lease=0.2):
        assert store.wait(store.publish(call()), 20) is not None
    assert len(calls) == 1


def test_two_processes_share_the_work_of_one_file(store: arvo.Store, tmp_path: Path) -> None:
    log = tmp_path / "log"
    receipts = []
    with program(store.url, "one", log) as one, program(store.url, "two", log) as two:
        for _ in range(10):
            receipts += store.publish_all([start(1, 2) for _ in range(20)])
        assert [total(store.wait(receipt, 60)) for receipt in receipts] == [3] * 200
        assert store.counts().workers == ["one", "two"]
        for process in (one, two):
            process.terminate()
            process.wait(20)
    lines = log.read_text().split("\n")[:-1]
    assert len(lines) == 400
    assert set(Counter(line.split()[1] for line in lines).values()) == {1}
    assert {line.split()[0] for line in lines} == {"one", "two"}


def test_signal_handlers_are_as_before_once_workers_are_over(url: str) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))

    async def main() -> None:
        store = arvo.AsyncStore(url)
        one, two = (arvo.AsyncWorker(store, sums()) for _ in range(2))
        tasks = [asyncio.create_task(worker.run()) for worker in (one, two)]
        await asyncio.sleep(0.05)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # what it would have done without workers
        await asyncio.wait_for(asyncio.gather(*tasks), 20)

    try:
        asyncio.run(main())
        assert told == [signal.SIGTERM]
        signal.raise_signal(signal.SIGTERM)
        assert told == [signal.SIGTERM] * 2
    finally:
        signal.signal(signal.SIGTERM, before[0])
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_worker_of_nothing_or_of_two_alike_is_refused(url: str) -> None:
    with pytest.raises(arvo.ConfigViolation, match="serves nothing"):
        arvo.Worker(url, [])
    with pytest.raises(arvo.ConfigViolation, match=r"serve com\.calc\.add"):
        arvo.AsyncWorker(url, [arvo.handler(CALC, {"1.0.0": add}), arvo.handler(CALC, {"1.0.0": add_later})])
    with pytest.raises(arvo.ConfigViolation, match="AsyncWorker"):
        arvo.Worker(url, [arvo.handler(CALC, {"1.0.0": add_later})])  # type: ignore[list-item]  # pyright: ignore


def test_what_no_worker_can_work_with_is_named(url: str) -> None:
    inf = float("inf")
    for options, wanted in [
        ({"lease": 0}, r"the worker's lease can't be 0 milliseconds: give 30 to 86400000 milliseconds$"),
        ({"lease": inf}, "lease can't be inf"),
        ({"capacity": 0}, "the worker's capacity can't be 0: give a whole number from 1 to 100000$"),
        ({"capacity": -1}, "capacity can't be -1"),
        ({"retry": arvo.Retry(tries=0)}, "tries can't be 0"),
        ({"retry": arvo.Retry(first=-1)}, "first wait can't be -1000 milliseconds"),
        ({"retry": arvo.Retry(longest=inf)}, "longest wait can't be inf"),
        ({"name": ""}, "the worker's name can't be \"\": give a name of 1 to 200 bytes"),
        ({"name": "a\nb"}, r'name can\'t be "a\\nb"'),
    ]:
        for worker in (arvo.Worker, arvo.AsyncWorker):
            with pytest.raises(arvo.ConfigViolation, match=wanted):
                worker(url, sums(), **options)  # type: ignore[arg-type]


def test_a_worker_lives_once(store: arvo.Store) -> None:
    worker = arvo.Worker(store, sums())
    worker.stop()
    worker.run()  # ends at once
    assert worker.tally() == arvo.Tally()
    with at_work(store, sums()) as worker:
        until(lambda: store.counts().workers)
        with pytest.raises(arvo.ConfigViolation, match="make another one"):
            worker.run()


def test_an_event_of_a_version_that_nobody_has_waits_for_it(store: arvo.Store) -> None:
    spec = arvo.VersionSpec(accepts={"type": "object"}, emits={"type": "object"})
    newer = arvo.Contract.simple(uri=CALC.uri, type="calc.add", versions={"1.0.0": spec, "2.0.0": spec})
    event = newer.version("2.0.0").accepts({"a": 1, "b": 2}, source="com.shop.web", subject="s")
    receipt = store.publish(event)
    with at_work(store, sums()):
        assert store.wait(receipt, 0.3) is None
    with at_work(store, [arvo.handler(newer, {"1.0.0": add, "2.0.0": add})]):
        assert store.wait(receipt, 20) is not None


@pytest.mark.parametrize("form", [lambda at: at, lambda at: int(at.timestamp() * 1000), lambda at: at.isoformat()])
def test_a_workflow_sets_itself_a_timer(store: arvo.Store, form: Callable[[datetime], Any]) -> None:
    due = datetime.now(timezone.utc) + timedelta(seconds=0.5)

    def wait(given: arvo.ResumableInput) -> arvo.Resumed:
        if not given.init:
            return arvo.Resumed(output={"total": given.data["sum"]})
        return arvo.Resumed(services=[arvo.Output("com.calc.add", {"a": 1, "b": 2}, deliverat=form(due))])

    with at_work(store, [flow(wait), arvo.handler(CALC, {"1.0.0": add})]):
        event = start()
        assert total(store.wait(store.publish(event), 20)) == 3
    assert datetime.now(timezone.utc) >= due
    timer = store.history(event.subject)[1]
    assert timer.due == int(due.timestamp() * 1000)
    assert "deliverat" not in timer.event.to_json()


def test_a_timer_without_a_time_zone_is_refused(contract: arvo.Contract[Any], event: arvo.Event) -> None:
    output = arvo.Output("evt.greet.user.success", {"text": "later"}, deliverat=datetime(2030, 1, 1))
    with pytest.raises(arvo.ContractViolation, match="deliverat"):
        arvo.handler(contract, {"1.0.0": lambda _: output, "2.0.0": lambda _: output}).execute(event)


def test_the_memory_of_a_workflow_is_not_used(store: arvo.Store) -> None:
    memory = arvo.InMemory()
    with at_work(store, [flow(memory=memory, locking=True), arvo.handler(CALC, {"1.0.0": add})]):
        assert total(store.wait(store.publish(start(1)), 20)) == 1
    assert len(memory) == 0
    assert CONTRACT.type == "arvo.orc.sum"


def test_writes_that_the_system_refuses_lose_nothing_and_are_no_events_fault(url: str) -> None:
    command = [sys.executable, str(Path(__file__).with_name("limited.py")), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said, total, counts = json.loads(done.stdout)
    assert "can't be read or written" in said
    assert total == 3
    assert counts == [1, 0, 6]
