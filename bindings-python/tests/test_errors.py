"""Error classes: caught as themselves, subclassed, pickled."""

from __future__ import annotations

import pickle

import arvo
import pytest
from arvo import errors


class RateLimited(arvo.Violation):
    """A violation of the user's own."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s", metadata={"retryAfter": seconds})
        self.seconds = seconds


MADE = [
    arvo.ContractViolation("m", issues=[("/a", "is missing")], metadata={"a": 1}),
    arvo.ConfigViolation("m"),
    arvo.ExecutionViolation("m"),
    arvo.TransactionViolation("m", cause="LOCK_UNACQUIRED"),
    RateLimited(5),
    arvo.EventError("m", broken=[("type", "is empty")]),
    arvo.FactoryError("m", issues=[("/a", "is missing")]),
    arvo.DataError("m", "/a"),
    arvo.ExpressionError("m", path=".a", line=1, column=2),
    arvo.EvaluationError("m", line=1, column=2, over_budget=True),
    arvo.SubjectError("m", broken=[("meta.a", "is a number")]),
    arvo.SuiteError("m", problems=[("/cases", "is missing")]),
    arvo.ContractError("m"),
    arvo.LimitError("m"),
    arvo.VersionError("m"),
    arvo.AlreadyAnsweredError("m"),
    arvo.MisfitError("m"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_errors_pickle_with_all_they_hold(error: arvo.Error) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_every_class_is_an_error_and_exported() -> None:
    for name in errors.__all__:
        assert getattr(arvo, name) is getattr(errors, name)
    assert all(isinstance(error, arvo.Error) for error in MADE)


def test_a_class_of_the_users_own_names_its_type() -> None:
    assert RateLimited(5).type == "RateLimited"
    assert str(RateLimited(5)) == "ViolationError<RateLimited> wait 5 s"
    assert arvo.is_violation(RateLimited(5))


def test_texts_say_which_violation_it_is() -> None:
    assert str(arvo.ContractViolation("m")) == "ViolationError<Contract> m"
    assert str(MADE[3]) == "ViolationError<OrchestratorTransaction> [LOCK_UNACQUIRED] m"


def test_no_violation_is_a_value_error_and_every_refusal_is_one() -> None:
    assert not isinstance(arvo.ContractViolation("m"), ValueError)
    assert isinstance(arvo.EventError("m"), ValueError)


@pytest.mark.parametrize(
    "value",
    [
        arvo.Version("1.0.0"),
        arvo.Dataschema("#/orders", "1.0.0"),
        arvo.EventId.arvo_managed("order-1"),
        arvo.EventId.developer_managed("order-1"),
        arvo.Subject.new(orchestrator="arvo.orc.order", initiator="com.shop.web"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_pickle_and_compare(value: object) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert hash(again) == hash(value)
    assert value != "something else"
    assert repr(again) == repr(value)
