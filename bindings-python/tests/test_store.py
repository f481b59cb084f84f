"""A durable store: what is published is kept, waits in domains and for its time, and is answered once."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import arvo
import pytest
from flow import CALC, DONE, flow, start
from working_store import at_work, sums, until, url_of


def call(number: int = 1, **attributes: Any) -> arvo.Event:
    return CALC.version("1.0.0").accepts({"a": number, "b": 2}, source="com.shop.web", subject="s/1", **attributes)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return url_of(tmp_path)


@pytest.fixture
def store(url: str) -> arvo.Store:
    return arvo.Store(url)


def test_an_event_is_stored_once(store: arvo.Store) -> None:
    event = call()
    first, second = store.publish(event), store.publish(event)
    assert (first.fresh, second.fresh) == (True, False)
    assert first.seq == second.seq
    receipts = store.publish_all([event, call(), call()])
    assert [receipt.fresh for receipt in receipts] == [False, True, True]
    assert store.counts().deliveries == {"waiting": 3}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no scheme that is known"),
        ("shop.db", "no scheme that is known"),
        ("postgres://localhost/shop", "PostgreSQL is not built in"),
        ("sqlite:", "names no file"),
        ("sqlite:x.db?cache=shared", "only synchronous="),
        ("sqlite:/no/such/folder/x.db", "is the folder there"),
    ],
)
def test_a_bad_url_says_what_is_wrong(url: str, said: str) -> None:
    with pytest.raises(arvo.StoreError, match=said):
        arvo.Store(url)
    with pytest.raises(arvo.StoreError, match=said):
        arvo.Worker(url, sums())


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_text("no database " * 1000)
    with pytest.raises(arvo.StoreError):
        arvo.Store(url_of(tmp_path))
    assert file.read_text().startswith("no database")


def test_a_closed_store_says_so(url: str) -> None:
    with arvo.Store(url) as store:
        assert not store.is_closed
    assert store.is_closed
    with pytest.raises(arvo.StoreError, match="closed"):
        store.counts()
    with pytest.raises(arvo.StoreError, match="closed"):
        arvo.Worker(store, sums()).run()
    store.close()


def test_what_is_stored_outlives_the_store(url: str) -> None:
    with arvo.Store(url) as store:
        receipt = store.publish(call())
    with arvo.Store(url) as store:
        [posting] = store.history(call().subject)
        assert (posting.seq, posting.consumer, posting.state, posting.tries) == (
            receipt.seq,
            "com.calc.add",
            "waiting",
            0,
        )
        assert posting.event.data["a"] == 1


def test_waiting_ends_when_time_is_up(store: arvo.Store) -> None:
    receipt = store.publish(call())
    begun = time.monotonic()
    assert store.wait(receipt, timeout=0.3) is None
    assert 0.25 < time.monotonic() - begun < 5
    with pytest.raises(arvo.StoreError, match="no delivery 77"):
        store.wait(77, timeout=0.1)
    with pytest.raises(arvo.StoreError, match="no delivery 77"):
        store.wait(77, timeout=float("inf"))
    with pytest.raises(ValueError, match="NaN"):
        store.wait(receipt, timeout=float("nan"))


def test_other_threads_run_while_one_waits(store: arvo.Store) -> None:
    receipt = store.publish(call())
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(store.wait(receipt)))
    thread.start()
    time.sleep(0.05)  # it waits by now, and would hold everybody up
    with at_work(store, sums()):
        thread.join(20)
    assert answers[0].data["sum"] == 3


def test_an_interrupt_ends_a_wait(url: str) -> None:
    code = f"""if True:
        import arvo, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_store import call
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background ignores it
        store = arvo.Store({url!r})
        receipt = store.publish(call())
        print("waits", flush=True)
        store.wait(receipt)
    """
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        begun = time.monotonic()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert time.monotonic() - begun < 5


def test_a_durable_timer_is_handled_at_its_time(store: arvo.Store) -> None:
    now = datetime.now(timezone.utc)
    soon, later = now + timedelta(seconds=1), now + timedelta(hours=1)
    receipts = [
        store.publish(call(1), deliver_at=soon),
        store.publish(call(2), deliver_at=later),
        store.publish(call(3), deliver_at=int(now.timestamp() * 1000) - 5000),
    ]
    with at_work(store, sums()):
        assert store.wait(receipts[2], 20) is not None
        answer = store.wait(receipts[0], 20)
        assert answer is not None
        assert datetime.now(timezone.utc) >= soon
        assert store.wait(receipts[1], 0.1) is None
    due = {posting.seq: posting.due for posting in store.history(call().subject) if posting.state == "waiting"}
    assert due[receipts[1].seq] == int(later.timestamp() * 1000)
    with pytest.raises(ValueError, match="time zone"):
        store.publish(call(4), deliver_at=datetime(2030, 1, 1))


def test_an_event_of_a_domain_waits_to_be_answered_or_admitted(store: arvo.Store) -> None:
    with at_work(store, sums()):
        receipts = [store.publish(call(number, domain="human.review")) for number in (1, 2, 3)]
        assert store.wait(receipts[0], 0.3) is None
        first, second, third = store.take("human.review")
        assert [first.seq, second.seq, third.seq] == [receipt.seq for receipt in receipts]
        assert (first.state, first.domain, first.event.domain) == ("waiting", "human.review", "human.review")
        assert store.counts().domains == {"human.review": 3}
        answer = CALC.version("1.0.0").emits(
            "evt.calc.add.success", {"sum": 42}, source="com.calc.add", subject=first.subject, to="com.shop.web"
        )
        store.answer(first.seq, [answer])
        came = store.wait(receipts[0], 20)
        assert came is not None
        assert came == answer
        store.admit(second.seq)
        came = store.wait(receipts[1], 20)
        assert came is not None
        assert came.data["sum"] == 4
        with pytest.raises(arvo.StoreError):
            store.admit(second.seq)
        assert [waiting.seq for waiting in store.take("human.review")] == [third.seq]
        assert store.add_domain("human.review") == 1
        assert store.domains() == ["human.review"]
        assert store.wait(receipts[2], 20) is not None
        at_once = store.publish(call(4, domain="human.review"))
        assert store.wait(at_once, 20) is not None
        store.remove_domain("human.review")
        assert store.domains() == []
        assert store.wait(store.publish(call(5, domain="human.review")), 0.2) is None


def test_a_cancelled_workflow_goes_on_no_more_and_tells_who_began_it(store: arvo.Store) -> None:
    event = start(1, 2)
    receipt = store.publish(event)
    with at_work(store, [flow()]):  # nobody adds, so it stays where it is
        until(lambda: (store.workflow(event.subject) or row()).status == "active")
    assert store.cancel(event.subject) == [event.subject]
    answer = store.wait(receipt, 20)
    assert answer is not None
    assert (answer.type, answer.data["errorName"]) == ("sys.arvo.orc.sum.error", "WorkflowCancelled")
    found = store.workflow(event.subject)
    assert found is not None
    assert (found.status, found.control) == ("active", "cancel")
    assert [each.subject for each in store.workflows(control="cancel")] == [event.subject]
    with at_work(store, sums()):
        time.sleep(0.2)
    assert store.workflow(event.subject) == found
    with pytest.raises(arvo.StoreError, match="knows no subject"):
        store.cancel("nothing")


def row() -> arvo.WorkflowRow:
    return arvo.WorkflowRow("", None, None, None, 0, "new", "run", None, 0, None)


def test_workflows_are_listed_with_their_history(store: arvo.Store) -> None:
    event, other = start(1, 2), start(5)
    with at_work(store, sums()):
        assert store.wait(store.publish(event), 20) is not None
    store.publish(other)
    done = store.workflows(status="done")
    assert [(each.subject, each.version, each.revision, each.record) for each in done] == [
        (event.subject, "1.0.0", 3, None)
    ]
    assert [each.subject for each in store.workflows(limit=1)] == [other.subject]
    assert [each.subject for each in store.workflows(limit=1, skip=1)] == [event.subject]
    assert store.workflows(consumer="arvo.orc.other") == []
    found = store.workflow(event.subject)
    assert found is not None
    assert found.record is not None
    assert found.record["status"] in ("success", "done")
    assert store.workflow("nothing") is None
    assert [each.subject for each in store.tree(event.subject)] == [event.subject]
    history = store.history(event.subject)
    assert [posting.consumer for posting in history] == [
        *["arvo.orc.sum", "com.calc.add"] * 2,
        "arvo.orc.sum",
        "com.shop.web",
    ]
    assert [posting.cause for posting in history[1:]] == [posting.seq for posting in history[:-1]]
    assert history[-1].event.type == DONE
    with pytest.raises(ValueError, match="known are new, active, done, failed"):
        store.workflows(status="over")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_what_is_over_is_purged(store: arvo.Store) -> None:
    event, other = start(1), start(2)
    with at_work(store, sums()):
        assert store.wait(store.publish(event), 20) is not None
    store.publish(other)
    assert store.purge(datetime.now(timezone.utc) - timedelta(hours=1)) == 0
    assert store.purge(datetime.now(timezone.utc) + timedelta(hours=1)) == 1
    assert store.history(event.subject) == []
    assert len(store.history(other.subject)) == 1
    assert store.publish(event).fresh


def test_a_query_reads_and_nothing_else(store: arvo.Store) -> None:
    store.publish(call())
    found = store.query("SELECT seq, consumer, NULL AS none, 1.5 AS half FROM delivery")
    assert found == (["seq", "consumer", "none", "half"], [[1, "com.calc.add", None, 1.5]])
    with pytest.raises(arvo.StoreError, match="only statements that read"):
        store.query("DELETE FROM delivery")
    with pytest.raises(arvo.StoreError, match="the database refused"):
        store.query("SELECT 1 FROM nowhere")


def test_a_backup_is_a_store(store: arvo.Store, tmp_path: Path) -> None:
    store.publish(call())
    store.backup(tmp_path / "copy.db")
    with arvo.Store(f"sqlite:{tmp_path / 'copy.db'}") as copy:
        assert copy.counts() == store.counts()
    with pytest.raises(arvo.StoreError):
        store.backup(tmp_path / "copy.db")


def test_a_store_opened_before_a_fork_is_refused_after_it(store: arvo.Store) -> None:
    store.publish(call())
    code = """if True:
        import arvo, os, sys
        sys.path.insert(0, sys.argv[2])
        from working_store import sums
        store = arvo.Store(sys.argv[1])
        worker = arvo.Worker(store, sums())
        child = os.fork()
        if child == 0:
            for call in (store.counts, worker.run):
                try:
                    call()
                except arvo.StoreError as error:
                    if "open the store after the fork" not in str(error):
                        os._exit(1)
                else:
                    os._exit(2)
            os._exit(0 if arvo.Store(sys.argv[1]).counts().deliveries == {"waiting": 1} else 3)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    folder = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", code, store.url, folder], timeout=60, check=False)
    assert done.returncode == 0


def test_event_loops_ask_side_by_side(url: str) -> None:
    async def main() -> None:
        async with arvo.AsyncStore(url) as store:
            events = [start(number) for number in range(50)]
            receipts = await asyncio.gather(*map(store.publish, events))
            assert len({receipt.seq for receipt in receipts}) == 50
            with at_work(url, sums()):
                answers = await asyncio.gather(*(store.wait(receipt, 20) for receipt in receipts))
            assert [answer and answer.data["total"] for answer in answers] == list(range(50))
            with pytest.raises(arvo.StoreError, match="no delivery 777"):
                await store.wait(777)
            assert (await store.counts()).workflows == {"done": 50}

    asyncio.run(main())


def test_who_gives_up_waiting_leaves_nothing_behind(url: str) -> None:
    async def main() -> None:
        store = arvo.AsyncStore(url)
        receipt = await store.publish(call())
        waiting = [asyncio.create_task(store.wait(receipt)) for _ in range(10)]
        await asyncio.sleep(0.05)
        for each in waiting:
            each.cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        with at_work(url, sums()):
            assert await store.wait(receipt, 20) is not None

    asyncio.run(main())
    asyncio.run(main())  # in another loop
    gc.collect()


def test_both_faces_have_the_same_methods() -> None:
    def methods(face: type) -> dict[str, str]:
        found = inspect.getmembers(face, inspect.isfunction)
        return {name: str(inspect.signature(method)) for name, method in found if not name.startswith("_")}

    assert methods(arvo.Store) == methods(arvo.AsyncStore)


def test_a_dead_letter_pickles_with_its_causes() -> None:
    error = arvo.DeadLetterError("delivery 7 is a dead letter", seq=7, failures=[{"name": "E", "at": 5}])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.seq, again.failures) == (str(error), 7, ({"name": "E", "at": 5},))
