"""Every way to fail, as exceptions that can be caught, subclassed and pickled.

Two families. A :class:`Violation` is a failure that must be seen outside the workflow: it is raised by ``execute`` and
emits nothing. Every other :class:`Error` says that something, such as an event, could not be made or read.

Written in Python rather than in Rust, so that they subclass, pickle and carry types as any other exception does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

__all__ = [
    "AlreadyAnsweredError",
    "BrokenAttribute",
    "BrokerError",
    "ChartError",
    "ConfigViolation",
    "ContractError",
    "ContractViolation",
    "DataError",
    "DeadLetterError",
    "Error",
    "EvaluationError",
    "EventError",
    "ExecutionViolation",
    "ExpressionError",
    "FactoryError",
    "Issue",
    "LimitError",
    "MisfitError",
    "Problem",
    "RecordError",
    "StoreError",
    "SubjectError",
    "SuiteError",
    "TransactionViolation",
    "VersionError",
    "Violation",
    "is_violation",
]


class Issue(NamedTuple):
    """One problem of data that breaks a schema."""

    path: str
    """Where, as a JSON Pointer: ``/items/0/sku``; ``""`` is the data as a whole."""
    message: str
    """What is wrong there; never the value itself."""


class BrokenAttribute(NamedTuple):
    """One attribute of an event that breaks the event grammar."""

    attribute: str
    """Its name; ``data`` for the payload, the key for an extension."""
    reason: str
    """Why it is refused."""


class Problem(NamedTuple):
    """One problem of a machine's definition."""

    code: str
    """Which rule it breaks, such as ``E-TARGET`` or ``W-UNREACHABLE``."""
    severity: str
    """``error``: the definition is refused; ``warning``: it runs, but likely not as meant."""
    path: str
    """Where, such as ``states.a.on.E[0].target``; empty for the whole."""
    message: str
    """What is wrong, and what to do."""


class Error(Exception):
    """Base of everything that this package raises.

    >>> import arvo
    >>> try:
    ...     arvo.Version("1.0")
    ... except arvo.Error as error:
    ...     print(type(error).__name__)
    VersionError
    """

    def __init__(self, message: str = "") -> None:
        """Keep ``message``, which says what was wrong, where, and what to do."""
        super().__init__(message)

    @property
    def message(self) -> str:
        """The text, as ``str(error)`` gives it."""
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by class, arguments and fields: subclasses may take what arguments they like."""
        return _restore, (type(self), self.args, self.__dict__)


class EventError(Error, ValueError):
    """An event that cannot be made or read; every broken attribute is listed.

    >>> import arvo
    >>> try:
    ...     arvo.Event(type="Bad", source="com.shop.web", subject="order/1", data={}, domain="Not Good")
    ... except arvo.EventError as error:
    ...     print([broken.attribute for broken in error.broken])
    ['type', 'domain']
    """

    def __init__(self, message: str = "", *, broken: Sequence[BrokenAttribute | tuple[str, str]] = ()) -> None:
        """Keep the text and the list of what is broken."""
        super().__init__(message)
        self.broken: tuple[BrokenAttribute, ...] = tuple(BrokenAttribute(*each) for each in broken)
        """Every broken attribute with its reason, in the order of the event's attributes."""


class DataError(Error, ValueError):
    """A value that is no JSON: NaN, a set, a key that is no text, a lone surrogate, or something nested too deep.

    >>> import arvo
    >>> try:
    ...     arvo.Event(type="com.order.placed", source="com.shop.web", subject="order/1", data={"a": [float("nan")]})
    ... except arvo.DataError as error:
    ...     print(error.path)
    /data/a/0
    """

    def __init__(self, message: str = "", path: str = "") -> None:
        """Keep the text and the JSON Pointer of the value."""
        super().__init__(message)
        self.path = path
        """Where the value is, as a JSON Pointer."""


class LimitError(Error, ValueError):
    """Something from outside is larger or deeper than the limits allow; the text names the thing and the limit."""


class ContractError(Error, ValueError):
    """A contract, version or handler that cannot be made, or that lacks what it is asked for."""


class FactoryError(Error, ValueError):
    """A factory makes no event: the data breaks the contract, or the contract has no such event.

    >>> import arvo
    >>> try:
    ...     greet.accepts({"name": 1}, source="com.shop.web")
    ... except arvo.FactoryError as error:
    ...     print(error.issues[0].path)
    /name
    """

    def __init__(self, message: str = "", *, issues: Sequence[Issue | tuple[str, str]] = ()) -> None:
        """Make one; ``issues`` says where the data is wrong."""
        super().__init__(message)
        self.issues: tuple[Issue, ...] = tuple(Issue(*each) for each in issues)
        """Each problem of the data with its JSON Pointer; empty where no data is to blame."""


class ExpressionError(Error, ValueError):
    """A text that is no expression, a template that holds one, or one that reads a name outside its scope.

    >>> import arvo
    >>> try:
    ...     arvo.Expression("contxt.total > 1")
    ... except arvo.ExpressionError as error:
    ...     print(error)
    expression, line 1 column 1: "contxt" is not known here; known are context, event; did you mean context?
      contxt.total > 1
      ^^^^^^
    """

    def __init__(
        self, message: str = "", *, path: str = "", line: Optional[int] = None, column: Optional[int] = None
    ) -> None:
        """Make one, of the first place that is wrong; the text names all of them."""
        super().__init__(message)
        self.path = path
        """Where in a template, such as ``.data.items[0]``; empty for an expression alone."""
        self.line = line
        """The line in the expression, from 1; None if no expression is to blame."""
        self.column = column
        """The column in that line, from 1, in characters."""


class EvaluationError(Error, ValueError):
    """An expression that failed on the values it was given. It shows the expression, never a value.

    >>> import arvo
    >>> try:
    ...     arvo.Expression("context.totl + 1").evaluate(context={"total": 1})
    ... except arvo.EvaluationError as error:
    ...     print(error)
    expression, line 1 column 9: there is no such key; write .?key and .orValue(…), or ask has(…) first
      context.totl + 1
              ^^^^
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str = "",
        line: Optional[int] = None,
        column: Optional[int] = None,
        over_budget: bool = False,
    ) -> None:
        """Make one of this place."""
        super().__init__(message)
        self.path = path
        """Where in a template, such as ``.data.items[0]``; empty for an expression alone."""
        self.line = line
        """The line in the expression, from 1."""
        self.column = column
        """The column in that line, from 1, in characters."""
        self.over_budget = over_budget
        """Whether a limit was exceeded (``set_limits``), rather than a value unfit."""


class ChartError(Error, ValueError):
    """A step of a chart that failed, or a snapshot that does not fit it; nothing has happened then.

    >>> import arvo
    >>> chart = arvo.Chart({"id": "m", "initial": "a", "states": {"a": {"on": {"GO": {"guard": lambda: 1 / 0}}}}})
    >>> try:
    ...     chart.send(chart.start().snapshot, {"type": "GO"})
    ... except arvo.ChartError as error:
    ...     print(error, repr(error.__cause__), sep="\\n")
    Unable to evaluate guard in transition for event 'GO' in state node 'm.a':
    division by zero
    ZeroDivisionError('division by zero')
    """


class SuiteError(Error, ValueError):
    """JSON that is no test suite, or a case that can't be made.

    >>> import arvo
    >>> try:
    ...     arvo.Suite.read({"config": {"handlr": "com.greet.user"}, "cases": []})
    ... except arvo.SuiteError as error:
    ...     print([problem.path for problem in error.problems])
    ['/config/handlr', '/config/handler', '/cases/0']
    """

    def __init__(self, message: str = "", *, problems: Sequence[Issue | tuple[str, str]] = ()) -> None:
        """Make one; ``problems`` says what is wrong."""
        super().__init__(message)
        self.problems: tuple[Issue, ...] = tuple(Issue(*each) for each in problems)
        """Each problem with the JSON Pointer of its place."""


class SubjectError(Error, ValueError):
    """A subject that cannot be made or read.

    >>> import arvo
    >>> try:
    ...     arvo.Subject.new(orchestrator="x", version="1.0.0", initiator="com.shop.web")
    ... except arvo.SubjectError as error:
    ...     print(error.broken[0].attribute)
    orchestrator.name
    """

    def __init__(self, message: str = "", *, broken: Sequence[BrokenAttribute | tuple[str, str]] = ()) -> None:
        """Keep the text and the list of what is broken."""
        super().__init__(message)
        self.broken: tuple[BrokenAttribute, ...] = tuple(BrokenAttribute(*each) for each in broken)
        """Every broken field by its dotted path; empty when the text is no subject at all."""


class VersionError(Error, ValueError):
    """A text that is no version ``1.2.3``, or no dataschema ``{uri}/{version}``."""


class AlreadyAnsweredError(Error, RuntimeError):
    """An execution was answered that is done, cancelled, or at work: by a second thread, or by its own callback."""


class MisfitError(Error, TypeError):
    """An execution was given an answer that does not fit its step; the step still waits for the right one."""


class RecordError(Error, ValueError):
    """A machine memory is misused, or lies: no key, no record, a record that is no mapping, a lock that is no bool."""


class BrokerError(Error, ValueError):
    """An event that a broker cannot take or deliver, or a topic that is taken; the text says which."""


class StoreError(Error, RuntimeError):
    """A durable store did not do what it was asked, or can't be opened; the text says why, and what to do about it.

    >>> import arvo
    >>> try:
    ...     arvo.Store("shop.db")
    ... except arvo.StoreError as error:
    ...     print(str(error).partition(";")[0])
    store "shop.db": no scheme that is known here
    """


class DeadLetterError(StoreError):
    """No answer comes: the event is a dead letter. Put right what is wrong, then retry it, or drop it."""

    def __init__(self, message: str = "", *, seq: int = 0, failures: Sequence[Mapping[str, Any]] = ()) -> None:
        """Make one of a delivery."""
        super().__init__(message)
        self.seq = seq
        """Number of the delivery."""
        self.failures = tuple(failures)
        """What went wrong at each try: `name`, `message` and `at`, in milliseconds since 1970."""


class Violation(Error):  # noqa: N818  # the name that all languages share
    """A failure that must be seen outside the workflow: raised by ``execute``, emits nothing, changes nothing.

    Subclass it for your own kinds; raised in a handler function, the very object comes out of ``execute``.

    >>> import arvo
    >>> class RateLimited(arvo.Violation):
    ...     pass
    >>> error = RateLimited("slow down", metadata={"retryAfter": 5})
    >>> str(error), error.type, error.metadata
    ('ViolationError<RateLimited> slow down', 'RateLimited', {'retryAfter': 5})
    """

    is_violation = True
    """The mark by which violations are known, also those of other libraries."""
    type: str = ""
    """The kind of violation; a subclass is named after its class unless it sets its own."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the kind after the class, unless the class says otherwise."""
        super().__init_subclass__(**kwargs)
        if "type" not in cls.__dict__:
            cls.type = cls.__name__

    def __init__(
        self, message: str = "", *, metadata: Optional[Mapping[str, Any]] = None, type: Optional[str] = None
    ) -> None:
        """Make a violation.

        Args:
            message: what was wrong, where, and what to do; the kind is put before it.
            metadata: what a program needs to know besides.
            type: the kind, where one class serves several.
        """
        if type is not None:
            self.type = type
        self.metadata = metadata
        """What a program needs to know besides; None where there is nothing."""
        super().__init__(self._text(message))

    @property
    def name(self) -> str:
        """The kind as it is written on the wire: ``ViolationError<Contract>``."""
        return f"ViolationError<{self.type}>"

    def _text(self, message: str) -> str:
        return f"{self.name} {message}"


class ContractViolation(Violation):
    """Data breaks a contract: what came in, what a handler put out, or the contract's uri.

    >>> import arvo
    >>> def forgetful(input):
    ...     return arvo.Output("evt.greet.user.success", {})
    >>> event = greet.accepts({"name": "Ada"}, source="com.shop.web")
    >>> try:
    ...     arvo.handler(greet.contract, {"1.0.0": forgetful}).execute(event)
    ... except arvo.ContractViolation as violation:
    ...     print(violation.issues[0].path)
    /text
    """

    type = "Contract"

    def __init__(
        self,
        message: str = "",
        *,
        metadata: Optional[Mapping[str, Any]] = None,
        issues: Sequence[Issue | tuple[str, str]] = (),
    ) -> None:
        """Make one; ``issues`` says where the data is wrong."""
        super().__init__(message, metadata=metadata)
        self.issues: tuple[Issue, ...] = tuple(Issue(*each) for each in issues)
        """Each problem of the data with its JSON Pointer; empty where no data is to blame."""


class ConfigViolation(Violation):
    """Wrong wiring: an event of another type, an unknown version, a machine with a state that does not exist.

    >>> import arvo
    >>> try:
    ...     arvo.Chart({"id": "m", "initial": "paying", "states": {"paying": {"on": {"PAID": "dnoe"}}, "done": {}}})
    ... except arvo.ConfigViolation as violation:
    ...     print([(problem.code, problem.path) for problem in violation.problems if problem.severity == "error"])
    [('E-TARGET', 'states.paying.on.PAID')]
    """

    type = "Config"

    def __init__(
        self,
        message: str = "",
        *,
        metadata: Optional[Mapping[str, Any]] = None,
        problems: Sequence[Problem | tuple[str, str, str, str]] = (),
    ) -> None:
        """Make one; ``problems`` says what is wrong with a machine's definition."""
        super().__init__(message, metadata=metadata)
        self.problems: tuple[Problem, ...] = tuple(Problem(*each) for each in problems)
        """Each problem of a machine's definition, warnings too; empty where no machine is to blame."""


class ExecutionViolation(Violation):
    """The user's own code failed in a way that the workflow must not handle."""

    type = "Execution"


class TransactionViolation(Violation):
    """Machine memory failed, or somebody else held the lock or wrote first."""

    type = "OrchestratorTransaction"

    def __init__(self, message: str = "", *, cause: str, metadata: Optional[Mapping[str, Any]] = None) -> None:
        """Make one of the given cause, such as ``LOCK_UNACQUIRED``."""
        self.cause = cause
        """Which operation failed: ``READ_MACHINE_MEMORY_FAILURE``, ``LOCK_MACHINE_MEMORY_FAILURE``,
        ``WRITE_MACHINE_MEMORY_FAILURE``, ``LOCK_UNACQUIRED`` or ``INVALID_SUBJECT``."""
        super().__init__(message, metadata=metadata)

    def _text(self, message: str) -> str:
        return f"{self.name} [{self.cause}] {message}"


def is_violation(error: object) -> bool:
    """Is this a violation: one of ours, or an exception of another library that carries the same marks?

    >>> import arvo
    >>> arvo.is_violation(arvo.ConfigViolation("wrong version")), arvo.is_violation(ValueError("no"))
    (True, False)
    """
    return (
        isinstance(error, BaseException)
        and getattr(error, "is_violation", False) is True
        and bool(getattr(error, "type", ""))
        and bool(str(error))
    )


def _restore(cls: type[BaseException], args: tuple[Any, ...], fields: dict[str, Any]) -> BaseException:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(fields)
    return error
