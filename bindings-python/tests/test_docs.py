"""Everything public is documented, and the examples of native functions run; pytest finds those of Python code."""

from __future__ import annotations

import doctest
import inspect
import types
from collections.abc import Iterator
from typing import Any

import arvo
import pytest
from arvo import _arvo


def documented() -> Iterator[tuple[str, Any]]:
    """Every public name of the package, and the public members of its classes."""
    for name in arvo.__all__:
        value = getattr(arvo, name)
        yield name, value
        if inspect.isclass(value):
            for member, inner in vars(value).items():
                if not member.startswith("_") and not isinstance(inner, (str, type(None), types.MemberDescriptorType)):
                    yield f"{name}.{member}", inner


@pytest.mark.parametrize(("name", "value"), [*documented()], ids=lambda each: each if isinstance(each, str) else "")
def test_everything_public_says_what_it_is(name: str, value: Any) -> None:
    assert (inspect.getdoc(value) or "").strip(), name


def native() -> Iterator[tuple[str, str]]:
    """Docstrings of functions and static methods written in Rust."""
    for name in _arvo.__all__:
        value = getattr(_arvo, name)
        if not inspect.isclass(value):
            yield name, value.__doc__ or ""
            continue
        for member, inner in vars(value).items():
            if isinstance(inner, staticmethod):
                yield f"{name}.{member}", inner.__func__.__doc__ or ""


@pytest.mark.parametrize(("name", "text"), [each for each in native() if ">>>" in each[1]])
def test_the_examples_of_native_functions_run(name: str, text: str, contract: arvo.Contract[Any]) -> None:
    names = {"greet": contract.version("1.0.0")}
    example = doctest.DocTestParser().get_doctest(inspect.cleandoc(text), names, name, None, None)
    failed, attempted = doctest.DocTestRunner().run(example)
    assert attempted
    assert not failed
