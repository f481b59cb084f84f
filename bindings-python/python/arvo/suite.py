"""Test suites: cases of events and what must come of them, on handlers, workflows and functions.

What a case asks for next, whether it passes and what a report says of it is the core's; the loop here calls the
handlers, and the functions of cases that are written in code.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Protocol, Union

from arvo import _arvo
from arvo._arvo import Event
from arvo.broker import AnyHandler
from arvo.errors import SuiteError
from arvo.handler import AsyncHandler, Handler
from arvo.orchestrator import AsyncOrchestrator, Orchestrator
from arvo.resumable import AsyncResumable, Resumable

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Adapter", "Case", "Config", "Repeat", "Step", "Suite", "SuiteTest"]

Function = Callable[[Event], Union[Iterable[Event], Awaitable[Iterable[Event]]]]
Tested = Union[AnyHandler, Function]


class Step(NamedTuple):
    """One event, and at most one expectation of what must come of it. Functions may be coroutine functions."""

    input: Union[Event, Callable[[Optional[list[Event]]], Union[Event, Awaitable[Event]]]]
    """The event; or makes it of what the step before emitted, None for the first step."""
    expected_events: Optional[Callable[[list[Event]], Union[object, Awaitable[object]]]] = None
    """Whether the emitted events are right."""
    expected_error: Optional[Callable[[Exception], Union[object, Awaitable[object]]]] = None
    """Whether what was raised is right; a step without it must not raise."""


class Repeat(NamedTuple):
    """How often a case is run, and how often it must pass."""

    times: int
    success_threshold: float = 100.0
    """In percent of the runs."""


class Case:
    """Steps that are run in order; the first that fails ends it.

    >>> import arvo
    >>> ping = greet.accepts({"name": "Ada"}, source="com.shop.web")
    >>> arvo.Case("greets", [arvo.Step(ping, expected_events=lambda events: len(events) == 1)])
    Case('greets')
    """

    def __init__(self, name: str, steps: Sequence[Step], *, repeat: Optional[Repeat] = None) -> None:
        """Make a case of functions.

        Raises:
            SuiteError: there is no step, or one has two expectations.
        """
        for number, step in enumerate(steps):
            if step.expected_events is not None and step.expected_error is not None:
                both = f"/steps/{number} has both expected_events and expected_error; give one of them"
                raise SuiteError(both, problems=[(f"/steps/{number}", both)])
        self._steps = steps
        self._native = _arvo.Case.of_functions(name, [_expected(step) for step in steps], repeat)

    @classmethod
    def _of_file(cls, native: _arvo.Case) -> Self:
        case = cls.__new__(cls)
        case._steps, case._native = (), native
        return case

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self._native.name

    def __repr__(self) -> str:
        """Its name."""
        return f"Case({self.name!r})"


class Config(NamedTuple):
    """What is tested, with a name for its group of tests."""

    tested: Tested
    name: str


class Adapter(Protocol):
    """A test runner, as a suite sees it."""

    def describe(self, group: str, /) -> None:
        """A group begins; the tests that follow belong to it."""

    def before(self) -> None:
        """A test is about to run."""

    def test(self, name: str, failure: Optional[str], /) -> None:
        """A test has ended: None, or why it failed."""


class SuiteTest(NamedTuple):
    """One case on one config."""

    group: str
    name: str
    run: Callable[[], Optional[str]]
    """Runs it; None, or why it failed."""


class Suite:
    """Cases, and what each of them is run on.

    >>> import arvo
    >>> def hello(input):
    ...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
    >>> ada = greet.accepts({"name": "Ada"}, source="com.shop.web")
    >>> suite = arvo.Suite(
    ...     [arvo.handler(greet.contract, {"1.0.0": hello})],
    ...     [arvo.Case("greets", [arvo.Step(ada, lambda events: events[0].data["text"] == "Hello, Ada!")])],
    ... )
    >>> test_greeting = suite.as_pytest()  # in a test module: pytest finds it there
    >>> [(test.group, test.name, test.run()) for test in suite.tests()]
    [('Test<com.greet.user>', 'greets', None)]
    """

    def __init__(self, configs: Iterable[Union[Tested, Config]], cases: Iterable[Case]) -> None:
        """Make a suite in code; all cases run on all configs."""
        self._configs = [_config(config) for config in configs]
        self._cases = list(cases)

    @classmethod
    def read(
        cls,
        file: Union[str, bytes, Mapping[str, Any]],
        *,
        handlers: Iterable[AnyHandler] = (),
        functions: Optional[Mapping[str, Function]] = None,
    ) -> Self:
        """Read a suite that is JSON: text, UTF-8 bytes, or the mapping that they stand for.

        Args:
            file: the suite.
            handlers: those that it names, and perhaps others.
            functions: those that it names.

        Raises:
            SuiteError: it is none; `problems` says why, all at once.

        >>> import arvo
        >>> suite = arvo.Suite.read({"config": {"function": "echo"}, "cases": [{"name": "answers", "steps": [{
        ...     "input": {"type": "com.calc.add", "data": {"a": 1}},
        ...     "expectedEvents": {"$": "events[0].data.a == 1.0"}}]}]}, functions={"echo": lambda event: [event]})
        >>> [test.run() for test in suite.tests()]
        [None]
        """
        configs, cases = _arvo.read_suite(file)
        by_source = {(False, handler.source): handler.execute for handler in handlers}
        given = {**by_source, **{(True, name): function for name, function in (functions or {}).items()}}
        suite = cls((), (Case._of_file(case) for case in cases))
        for _, group, is_function, called in configs:
            missing = functools.partial(_missing, is_function, called, list(given))
            suite._configs.append((group, given.get((is_function, called)) or missing))
        return suite

    def tests(self) -> Iterator[SuiteTest]:
        """Every case on every config, in order."""
        for group, execute in self._configs:
            for case in self._cases:
                yield SuiteTest(group, case.name, functools.partial(_run, case, execute))

    def run(self, adapter: Adapter) -> None:
        """Run all tests, one after the other, and tell the adapter."""
        for group, execute in self._configs:
            adapter.describe(group)
            for case in self._cases:
                adapter.before()
                adapter.test(case.name, _run(case, execute))

    def as_pytest(self) -> Callable[..., None]:
        """The suite as a test of pytest, with a parameter for each case on each config.

        Assign it to a name that begins with `test`. Coroutine functions need no plugin.

        Raises:
            SuiteError: there is no case or no config, so that it would test nothing.
        """
        import pytest

        tests = list(self.tests())
        if not tests:
            raise SuiteError("the suite has no case or no config; a suite without tests can't fail")

        @pytest.mark.parametrize("test", tests, ids=[f"{test.group} {test.name}" for test in tests])
        def run(test: SuiteTest) -> None:
            failure = test.run()
            if failure is not None:
                pytest.fail(failure, pytrace=False)

        return run


class LoopRunsError(RuntimeError):
    """Nothing can be awaited: an event loop runs in this thread already."""


class Waiting:
    """Awaits on an event loop of its own what must be awaited; makes none where nothing must be."""

    def __init__(self) -> None:
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    def __enter__(self) -> Self:
        """Nothing yet."""
        return self

    def result(self, given: Any) -> Any:
        """What was given; or, if it can be awaited, what comes of it."""
        if not inspect.isawaitable(given):
            return given
        if asyncio._get_running_loop() is not None:
            if inspect.iscoroutine(given):
                given.close()
            raise LoopRunsError("an event loop runs here already; call this beside it, by asyncio.to_thread(...)")
        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(_awaited(given))

    def __exit__(self, *_: object) -> None:
        """End what is left on the loop."""
        if self._loop is not None:
            self._loop.run_until_complete(_ended())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()


async def _awaited(given: Awaitable[Any]) -> Any:
    return await given


async def _ended() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _run(case: Case, execute: Callable[[Event], Any]) -> Optional[str]:
    run = case._native.run()
    raised = Exception()
    with Waiting() as waiting:
        while True:
            asked, number, about = run.next()
            if asked == "done":
                return about
            try:
                if asked == "execute":
                    run.executed(_events(waiting.result(execute(about))))
                elif asked == "input":
                    given = case._steps[number].input
                    run.made(given if isinstance(given, Event) else waiting.result(given(about)))
                elif asked == "events":
                    run.checked(bool(waiting.result(case._steps[number].expected_events(about))))  # type: ignore[misc]
                else:
                    run.checked(bool(waiting.result(case._steps[number].expected_error(raised))))  # type: ignore[misc]
            except LoopRunsError:
                raise
            except Exception as error:
                raised = error
                run.raised(error)


def _events(given: Any) -> list[Event]:
    if isinstance(given, (list, tuple)) and all(isinstance(event, Event) for event in given):
        return list(given)
    raise TypeError(f"what is tested gave a {type(given).__name__}; return a list of events")


def _expected(step: Step) -> str:
    if step.expected_error is not None:
        return "error"
    return "nothing" if step.expected_events is None else "events"


def _config(config: Union[Tested, Config]) -> tuple[str, Callable[[Event], Any]]:
    tested, name = config if isinstance(config, Config) else (config, None)
    if isinstance(tested, (Handler, AsyncHandler, Resumable, AsyncResumable, Orchestrator, AsyncOrchestrator)):
        return name or _arvo.suite_group(tested.source), tested.execute
    return name or _arvo.suite_group(getattr(tested, "__name__", "")), tested


def _missing(is_function: bool, called: str, given: list[tuple[bool, str]], _: Event) -> list[Event]:
    """Stands for what the file names and nobody gave."""

    def told(is_function: bool, called: str) -> str:
        return f"{'function' if is_function else 'handler'} {called}"

    known = ", ".join(told(*each) for each in given) or "nothing"
    raise LookupError(
        f"{told(is_function, called)} was not given to Suite.read, which has {known}; give it that one too"
    )
