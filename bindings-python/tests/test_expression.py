"""Expressions from Python; what they give is a table that all languages run (`tests/cases/expressions.json`)."""

from __future__ import annotations

import doctest
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import arvo
import pytest


def test_an_expression_reads_context_and_event_unless_told_otherwise() -> None:
    assert arvo.Expression("context.n + event.n").evaluate(context={"n": 1}, event={"n": 2}) == 3
    assert arvo.Expression("params.n", ("params",)).evaluate(params={"n": 1}) == 1
    with pytest.raises(arvo.ExpressionError, match="known are context, event"):
        arvo.Expression("params.n")


def test_a_template_is_filled_and_an_empty_optional_drops_its_key() -> None:
    template = arvo.Expression(
        {"id": {"$": "context.id"}, "list": [1, {"$": "context.?note"}], "raw": {"$quote": {"$": 1}}}
    )
    assert template.evaluate(context={"id": "o1"}) == {"id": "o1", "list": [1], "raw": {"$": 1}}


def test_an_empty_optional_gives_the_default_and_null_does_not() -> None:
    note = arvo.Expression("context.?note")
    assert note.evaluate(context={}) is None
    assert note.evaluate("none", context={}) == "none"
    assert note.evaluate("none", context={"note": None}) is None


def test_a_guard_gives_true_or_false_and_nothing_else() -> None:
    assert arvo.Expression("context.n > 1").test(context={"n": 2}) is True
    with pytest.raises(arvo.EvaluationError, match="true or false is needed here, and this is a number"):
        arvo.Expression("context.n").test(context={"n": 1})


def test_what_is_refused_says_where() -> None:
    with pytest.raises(arvo.ExpressionError) as caught:
        arvo.Expression({"a": [{"$": "1 +\n  * 2"}], "b": {"$": 1}})
    error = caught.value
    assert (error.path, error.line, error.column) == (".a[0]", 2, 3)
    assert str(error).startswith("at .a[0]: expression, line 2 column 3: ")
    assert "\nat .b: an expression is text; " in str(error)


def test_what_fails_says_where_and_never_shows_a_value() -> None:
    with pytest.raises(arvo.EvaluationError) as caught:
        arvo.Expression({"n": {"$": "context.card + 1"}}).evaluate(context={"card": "4111"})
    error = caught.value
    assert (error.path, error.line, error.column, error.over_budget) == (".n", 1, 14, False)
    assert "4111" not in str(error)
    with pytest.raises(arvo.EvaluationError, match="no value was given for this name"):
        arvo.Expression("event").evaluate(context={})


def test_limits_hold() -> None:
    double = arvo.Expression("context.map(i, i * 2)")
    arvo.set_limits(expression_steps=50)
    try:
        with pytest.raises(arvo.EvaluationError, match="exceeded the limit of 50") as caught:
            double.evaluate(context=list(range(100)))
        assert caught.value.over_budget
    finally:
        arvo.set_limits(expression_steps=100_000)
    assert double.evaluate(context=[1, 2]) == [2, 4]


def test_values_must_be_json_and_are_named_if_not() -> None:
    with pytest.raises(arvo.DataError) as caught:
        arvo.Expression("context").evaluate(context={"at": object()})
    assert caught.value.path == "/context/at"


def test_expressions_pickle_and_show_themselves() -> None:
    expression = arvo.Expression({"a": {"$": "input.a"}}, ["input"])
    again = pickle.loads(pickle.dumps(expression))
    assert again.evaluate(input={"a": 1}) == {"a": 1}
    assert (again.definition, again.names) == ({"a": {"$": "input.a"}}, ["input"])
    assert repr(arvo.Expression("1")) == """Expression('1', ["context", "event"])"""


def test_threads_may_share_an_expression() -> None:
    total = arvo.Expression("context.map(i, i * 2).sum()")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: total.evaluate(context=list(range(n))), range(200)))
    assert found == [n * (n - 1) for n in range(200)]


def test_the_examples_of_the_page_run() -> None:
    page = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        example = doctest.DocTestParser().get_doctest(block, {}, "expressions.md", None, None)
        failed, attempted = doctest.DocTestRunner().run(example)
        assert attempted
        assert not failed


def test_random_expressions_mean_what_they_mean_in_cel() -> None:
    program = Path(__file__).with_name("cel.py")
    done = subprocess.run([sys.executable, str(program), *"1234"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
