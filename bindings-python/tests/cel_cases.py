"""Random expressions of the part of CEL that means the same everywhere, with values for them to read.

Whole numbers that stay small, or doubles, never mixed; no division of whole numbers; no optionals.
"""

from __future__ import annotations

import random
from typing import Any, Callable

KEYS = {
    "int": ["n", "m"],
    "double": ["p", "q"],
    "text": ["s", "t"],
    "bool": ["yes", "no"],
    "ints": ["ns"],
    "doubles": ["ps"],
    "texts": ["ss"],
    "maps": ["items"],
    "map": ["box"],
}
"""What the only name, `c`, holds of each kind."""
ITEM_KEYS = {"int": "k", "double": "price", "text": "name", "bool": "paid"}
ELEMENT = {"ints": "int", "doubles": "double", "texts": "text", "maps": "map"}
TEXTS = ["", "a", "b", "ab", "abc", "é", "😀x", "a.b", " x ", "Z"]
PATTERNS = ["a", "^a", "b$", "[a-z]+", "^.$", "a|b"]
KINDS = ["int", "double", "text", "bool", *ELEMENT]


class Cases:
    """Makes one case after the other, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self.random = random.Random(seed)
        self.variables: list[tuple[str, str]] = []

    def case(self) -> tuple[str, dict[str, Any]]:
        """An expression, and the values that it reads."""
        while True:
            expression = self.make(self.random.choice(KINDS), self.random.randint(1, 4))
            if len(expression) < 2_000:
                return expression, {"c": self.values()}

    def number(self) -> int:
        """Small and whole."""
        return self.random.randint(-9, 9)

    def double(self) -> float:
        """Never whole, so that JSON keeps it a double."""
        return self.random.randint(-40, 40) / 8 + 1 / 16

    def item(self) -> dict[str, Any]:
        """A map of one key of each kind."""
        paid = self.random.random() < 0.5
        return {"k": self.number(), "price": self.double(), "name": self.random.choice(TEXTS), "paid": paid}

    def values(self) -> dict[str, Any]:
        """What `c` holds."""
        some = self.random.randint
        return {
            "n": self.number(),
            "m": self.number(),
            "p": self.double(),
            "q": self.double(),
            "s": self.random.choice(TEXTS),
            "t": self.random.choice(TEXTS),
            "yes": True,
            "no": False,
            "nothing": None,
            "ns": [self.number() for _ in range(some(0, 4))],
            "ps": [self.double() for _ in range(some(0, 4))],
            "ss": [self.random.choice(TEXTS) for _ in range(some(0, 4))],
            "items": [self.item() for _ in range(some(0, 3))],
            "box": self.item(),
        }

    def make(self, kind: str, depth: int) -> str:
        """An expression that gives a value of this kind, or fails."""
        pick = self.random
        if depth <= 0 or pick.random() < 0.15:
            return self.leaf(kind)
        if pick.random() < 0.08:
            return f"({self.make('bool', depth - 1)} ? {self.make(kind, depth - 1)} : {self.make(kind, depth - 1)})"
        if kind in ("int", "double"):
            return self.calculation(kind, depth - 1)
        if kind == "text":
            joined = f"({self.make('text', depth - 1)} + {self.make('text', depth - 1)})"
            return pick.choice([joined, f"string({self.make('int', depth - 1)})", self.leaf("text")])
        if kind == "bool":
            made = self.condition(depth - 1)
            return made if pick.random() < 0.2 else f"({made})"
        return self.listed(kind, depth - 1) if kind in ELEMENT else self.leaf(kind)

    def calculation(self, kind: str, depth: int) -> str:
        """One sign between two numbers, before one, or the size of something."""
        forms = ["({0} {1} {2})", "{0} {1} {2}", "-({0})"]
        if kind == "int":
            forms.append("size({3})")
        sign = self.random.choice("+-*/" if kind == "double" else "+-*%")
        sized = self.make(self.random.choice(["text", "ints", "texts", "maps", "map"]), depth)
        return self.random.choice(forms).format(self.make(kind, depth), sign, self.make(kind, depth), sized)

    def listed(self, kind: str, depth: int) -> str:
        """A list of this kind, written out, joined, filtered or mapped."""
        pick = self.random
        form = pick.choice(["filter", "map", "literal", "sum"])
        if form == "literal" and kind != "maps":
            return "[" + ", ".join(self.make(ELEMENT[kind], depth) for _ in range(pick.randint(0, 3))) + "]"
        if form == "sum":
            return f"({self.make(kind, depth)} + {self.make(kind, depth)})"
        if form == "map" and kind != "maps":
            return self.comprehension("map", pick.choice(list(ELEMENT)), ELEMENT[kind], depth)
        return self.comprehension("filter", kind, "bool", depth)

    def condition(self, depth: int) -> str:
        """Something that is true or false."""
        pick = self.random

        def one(wanted: str) -> str:
            return self.make(wanted, depth)

        kind = pick.choice(["int", "double", "text"])
        comparison = pick.choice(["<", "<=", ">", ">=", "==", "!="])
        method = pick.choice(["contains", "startsWith", "endsWith"])
        macro = pick.choice(["all", "exists", "exists_one"])
        forms: list[Callable[[], str]] = [
            lambda: f"({one('bool')} && {one('bool')})",
            lambda: f"({one('bool')} || {one('bool')})",
            lambda: f"{one('bool')} || {one('bool')} && {one('bool')}",
            lambda: f"!({one('bool')})",
            lambda: f"{one(kind)} {comparison} {one(kind)}",
            lambda: f"({one('ints')}) == ({one('ints')})",
            lambda: f"{one('int')} in {one('ints')}",
            lambda: f"{one('text')} in {one(pick.choice(['texts', 'map']))}",
            # string(…) around it, for cel-python forgets the methods of a text that was joined.
            lambda: f"string({one('text')}).{method}({one('text')})",
            lambda: f"string({one('text')}).matches('{pick.choice(PATTERNS)}')",
            lambda: f"has({one('map')}.{pick.choice(['k', 'name', 'absent'])})",
            lambda: self.comprehension(macro, pick.choice(list(ELEMENT)), "bool", depth),
            lambda: f"c.nothing == {pick.choice(['null', 'c.nothing'])}",
        ]
        return pick.choice(forms)()

    def comprehension(self, macro: str, source: str, body: str, depth: int) -> str:
        """A macro over a list; three inside each other at most."""
        if len(self.variables) >= 3:
            return self.leaf({"map": f"{body}s", "filter": source}.get(macro, "bool"))
        over = self.make(source, depth)
        name = f"v{len(self.variables)}"
        self.variables.append((name, ELEMENT[source]))
        inside = self.make(body, depth)
        self.variables.pop()
        return f"{over}.{macro}({name}, {inside})"

    def leaf(self, kind: str) -> str:
        """A variable, a key that is there, or is not, or a literal."""
        pick = self.random
        known = [name for name, held in self.variables if held == kind]
        known += [f"{name}.{ITEM_KEYS[kind]}" for name, held in self.variables if held == "map" and kind in ITEM_KEYS]
        if known and pick.random() < 0.5:
            return pick.choice(known)
        if pick.random() < 0.03:
            return f"c.absent_{kind}"
        if pick.random() < 0.08 and kind in ITEM_KEYS:
            return f"c.items[{pick.randint(0, 2)}].{ITEM_KEYS[kind]}"
        literals: dict[str, Callable[[], str]] = {
            "int": lambda: str(pick.randint(0, 9)),
            "double": lambda: str(pick.randint(0, 40) / 8 + 1 / 16),
            "text": lambda: "'" + pick.choice(TEXTS) + "'",
            "bool": lambda: pick.choice(["true", "false"]),
            "map": lambda: "{'k': 1, 'name': 'z'}",
        }
        if kind in literals and pick.random() < 0.3:
            return literals[kind]()
        return "c." + pick.choice(KEYS[kind])
