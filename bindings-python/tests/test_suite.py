"""Suites: in code and of a file, on handlers and functions; what a report says; pytest as the runner."""

from __future__ import annotations

import asyncio
import doctest
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import arvo
import pytest
from flow import CALC, add, flow, go_on_later, start

ROOT = Path(__file__).parents[2]


def call(a: int = 1, b: int = 2) -> arvo.Event:
    return CALC.version("1.0.0").accepts({"a": a, "b": b}, source="com.shop.web", subject="s/1")


def failures(suite: arvo.Suite) -> list[Optional[str]]:
    return [test.run() for test in suite.tests()]


SUM = arvo.handler(CALC, {"1.0.0": add})


def go_on_with(previous: Optional[list[arvo.Event]]) -> arvo.Event:
    assert previous is not None
    return call(previous[0].data["sum"], 10)


TWICE = arvo.Case(
    "a sum is added to again",
    [
        arvo.Step(call(), expected_events=lambda events: events[0].data["sum"] == 3),
        arvo.Step(go_on_with, expected_events=lambda events: events[0].data["sum"] == 13),
        arvo.Step(lambda previous: call(len(previous or []), 0)),
    ],
)

test_a_suite_in_code_is_a_test_of_pytest = arvo.Suite([SUM], [TWICE]).as_pytest()


def test_all_that_can_be_a_coroutine_is_awaited_without_a_plugin() -> None:
    async def add_later(given: arvo.Input[Any]) -> arvo.Output:
        await asyncio.sleep(0)
        return add(given)

    async def made(_: object) -> arvo.Event:
        await asyncio.sleep(0)
        return call()

    async def right(events: list[arvo.Event]) -> bool:
        await asyncio.sleep(0)
        return events[0].type == "evt.calc.add.success"

    async def refused(error: Exception) -> bool:
        return isinstance(error, arvo.ConfigViolation)

    async def echo(event: arvo.Event) -> list[arvo.Event]:
        return [event]

    other = arvo.Event(type="com.other.type", source="com.shop.web", subject="s", data={})
    later = arvo.handler(CALC, {"1.0.0": add_later})
    case = arvo.Case("later", [arvo.Step(made, expected_events=right), arvo.Step(other, expected_error=refused)])
    assert failures(arvo.Suite([later], [case])) == [None]
    workflow = arvo.Case("starts", [arvo.Step(start(1), expected_events=lambda events: len(events) == 1)])
    assert failures(arvo.Suite([flow(go_on_later), flow()], [workflow])) == [None, None]
    assert failures(arvo.Suite([echo], [arvo.Case("echoes", [arvo.Step(made)])])) == [None]


def test_what_gives_no_list_of_events_is_told_so() -> None:
    for given, kind in ((None, "NoneType"), (5, "int"), ([5], "list"), ({"events": []}, "dict")):
        fn: Any = lambda _, given=given: given  # noqa: E731
        [failure] = failures(arvo.Suite([fn], [arvo.Case("one", [arvo.Step(call())])]))
        assert failure is not None
        assert f"what is tested gave a {kind}; return a list of events" in failure


def test_on_a_running_event_loop_it_says_what_to_do() -> None:
    async def main() -> None:
        async def add_later(given: arvo.Input[Any]) -> arvo.Output:
            return add(given)

        later = arvo.handler(CALC, {"1.0.0": add_later})
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread"):
            arvo.conforms(later)
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread"):
            failures(arvo.Suite([later], [TWICE]))
        await asyncio.to_thread(arvo.conforms, later)
        assert failures(arvo.Suite([SUM], [TWICE])) == [None]

    asyncio.run(main())


def test_a_check_of_an_error_sees_the_very_object() -> None:
    mine = arvo.ExecutionViolation("mine")

    def fail(_: object) -> None:
        raise mine

    tested = arvo.handler(CALC, {"1.0.0": fail})
    case = arvo.Case("fails", [arvo.Step(call(), expected_error=lambda error: error is mine)])
    assert failures(arvo.Suite([tested], [case])) == [None]


def test_a_report_says_what_was_wrong_in_the_words_of_all_languages() -> None:
    def broken(_: object) -> bool:
        raise ValueError("the check is broken")

    cases = [
        arvo.Case("raises", [arvo.Step(arvo.Event(type="com.a.b", source="com.a.b", subject="s", data={}))]),
        arvo.Case("does not raise", [arvo.Step(call(), expected_error=lambda _: True)]),
        arvo.Case("is wrong", [arvo.Step(call()), arvo.Step(call(), expected_events=lambda _: False)]),
        arvo.Case("can't be checked", [arvo.Step(call(), expected_events=broken)]),
        arvo.Case("raises something else", [arvo.Step(failing, expected_error=lambda _: True)]),
    ]
    found = [failure or "" for failure in failures(arvo.Suite([SUM], cases))]
    assert found[0].startswith("Step 1: Unexpected exception: ViolationError<Config> ")
    assert found[1] == "Step 1: Expected error but function succeeded"
    assert found[2].startswith('Step 2: Custom validator returned false\nActual events: {\n  "id": ')
    assert found[3].startswith("Step 1: Custom validator threw error: the check is broken\n")
    assert found[4] == "Step 1: Unexpected exception: no input"


def failing(_: object) -> arvo.Event:
    raise ValueError("no input")


def test_repetitions_must_pass_as_often_as_is_asked() -> None:
    calls = iter(range(1000))

    def flaky(event: arvo.Event) -> list[arvo.Event]:
        number = next(calls)
        if number % 4 == 0:
            raise ValueError(f"call {number} failed")
        return [event]

    cases = [
        arvo.Case("often enough", [arvo.Step(call())], repeat=arvo.Repeat(8, 75)),
        arvo.Case("too seldom", [arvo.Step(call())], repeat=arvo.Repeat(8, 80)),
    ]
    enough, seldom = failures(arvo.Suite([flaky], cases))
    assert enough is None
    assert (seldom or "").startswith("Success rate 75.00% is below threshold 80%\nSuccesses: 6/8\n")
    with pytest.raises(ValueError, match="1 to 1,000,000 times"):
        arvo.Case("never", [arvo.Step(call())], repeat=arvo.Repeat(0))


def test_what_is_no_suite_is_refused_with_all_problems() -> None:
    with pytest.raises(arvo.SuiteError) as refused:
        arvo.Suite.read('{"config": {"handler": 5}, "cases": [{"steps": []}]}')
    assert [problem.path for problem in refused.value.problems] == [
        "/config/handler",
        "/cases/0/name",
        "/cases/0/steps/0",
    ]
    with pytest.raises(arvo.SuiteError, match="give one of them"):
        arvo.Case("both", [arvo.Step(call(), lambda _: True, lambda _: True)])
    with pytest.raises(arvo.SuiteError, match="a step"):
        arvo.Case("none", [])
    for nothing in (arvo.Suite([], [TWICE]), arvo.Suite([SUM], [])):
        with pytest.raises(arvo.SuiteError, match="no case or no config"):
            nothing.as_pytest()


def test_what_a_file_names_must_be_given() -> None:
    file = {
        "config": [{"handler": "com.calc.add"}, {"function": "echo"}],
        "cases": [{"name": "x", "steps": [{"input": call().to_dict()}]}],
    }
    none, _ = failures(arvo.Suite.read(file))
    assert none is not None
    assert none.endswith("handler com.calc.add was not given to Suite.read, which has nothing; give it that one too")
    given, missing = failures(arvo.Suite.read(json.dumps(file), handlers=[SUM]))
    assert given is None
    assert (missing or "").endswith(
        "function echo was not given to Suite.read, which has handler com.calc.add; give it that one too"
    )


def test_any_runner_can_be_an_adapter() -> None:
    class Told:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def describe(self, group: str, /) -> None:
            self.lines.append(group)

        def before(self) -> None:
            self.lines.append("before")

        def test(self, name: str, failure: Optional[str], /) -> None:
            self.lines.append(f"{name}: {failure}")

    told = Told()
    arvo.Suite([arvo.Config(SUM, "Sums"), SUM], [TWICE]).run(told)
    case = ["before", "a sum is added to again: None"]
    assert told.lines == ["Sums", *case, "Test<com.calc.add>", *case]


def test_pytest_tells_each_case_by_its_name(tmp_path: Path) -> None:
    module = tmp_path / "test_of_a_user.py"
    module.write_text(
        "import arvo\n"
        "ping = arvo.Event(type='com.a.ping', source='com.a.b', subject='s', data={})\n"
        "def echo(event):\n    return [event]\n"
        "test_echo = arvo.Suite([echo], [\n"
        "    arvo.Case('answers', [arvo.Step(ping, expected_events=lambda events: events == [ping])]),\n"
        "    arvo.Case('is wrong', [arvo.Step(ping, expected_events=lambda events: False)])]).as_pytest()\n"
    )
    command = [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", str(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "test_echo[Test<echo> answers] PASSED" in done.stdout, done.stdout + done.stderr
    assert "test_echo[Test<echo> is wrong] FAILED" in done.stdout
    assert "Step 1: Custom validator returned false" in done.stdout
    assert "suite.py" not in done.stdout


def test_the_examples_of_the_page_run() -> None:
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert examples
    names: dict[str, Any] = {}
    for example in examples:
        test = doctest.DocTestParser().get_doctest(example, names, "testing.md", None, None)
        failed, attempted = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False)
        names.update(test.globs)
        assert attempted
        assert not failed
