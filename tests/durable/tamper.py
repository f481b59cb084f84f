"""Whether the checks of `outcome.py` can fail: each is shown a store, or a ledger, in which its one thing is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from outcome import NEVER, Order, broken, calls, differences, results
from team import Ledger, Store

COLUMNS = "consumer, version, event_id, lane, cause, state, due, tries, epoch, done, event"
FIRST = "WHERE seq = (SELECT min(seq) FROM delivery)"
WRONG = {
    "a published event has two rows": (
        f"INSERT INTO delivery (workflow, domain, {COLUMNS}) SELECT workflow, 'other', {COLUMNS} FROM delivery {FIRST}"
    ),
    "an event is not handled": f"UPDATE delivery SET state = 3, done = NULL {FIRST}",
    "nobody knows when an event was handled": f"UPDATE delivery SET done = NULL {FIRST}",
    "a handled event belongs to a worker": f"UPDATE delivery SET worker = 1 {FIRST}",
    "an event is answered twice": (
        f"INSERT INTO delivery (workflow, domain, {COLUMNS}) SELECT -1, domain, {COLUMNS} FROM delivery "
        "WHERE cause IS NOT NULL LIMIT 1"
    ),
    "an answer's cause is not handled": (
        "UPDATE delivery SET cause = -1 WHERE seq = (SELECT min(seq) FROM delivery WHERE cause IS NOT NULL)"
    ),
    "a service's event has not just one answer": (
        "DELETE FROM delivery WHERE cause = (SELECT min(seq) FROM delivery WHERE NOT lane AND state = 2)"
    ),
    "a workflow is held, due, or stopped": "UPDATE workflow SET busy = 1 WHERE id = 1",
    "a workflow has not ended": "UPDATE workflow SET status = 'active' WHERE status = 'done'",
    "an order failed as a workflow": "UPDATE workflow SET status = 'failed' WHERE consumer LIKE 'arvo.orc.order.%'",
    "a workflow's revision is not the number of events that it handled": (
        "UPDATE workflow SET revision = revision - 1 WHERE status = 'done'"
    ),
    "a failed workflow's revision is not the number of events up to its failure": (
        "UPDATE workflow SET revision = revision + 2 WHERE status = 'failed'"
    ),
}


def unnoticed(
    store: Store, ledger: Ledger, killed: Collection[int], orders: Collection[Order], folder: Path
) -> list[str]:
    """What goes wrong in a copy of a sound store or ledger and is not found; the store must have a failed shipment."""
    missed = [f"no way is known to break: {what}" for what in NEVER.keys() - WRONG.keys()]
    sound = folder / "sound.db"
    store.call("backup", str(sound))
    for what, sql in WRONG.items():
        copy = copied(store, sound, sql)
        if not any(problem.startswith(f"{what}: ") for problem in broken(copy)):
            missed.append(f"not noticed: {what}")
    other = "UPDATE delivery SET event = json_set(event, '$.data.total', -1) WHERE consumer = 'com.shop.web'"
    if len(differences(orders, results(copied(store, sound, other)))) != len(orders):
        missed.append("not noticed: an order ends with another total")
    lines = ledger.file.read_text("utf-8").splitlines(keepends=True)
    event, worker, _ = lines[0].split("\t")
    again = f"{event}\t{worker}\t0\n"  # by a process that nobody killed; twice, for a kill may explain one of them
    others = [line for line in lines if line.split("\t")[0] != event]
    for what, written in {"a call is missing": others, "a call is repeated": [*lines, again, again]}.items():
        file = folder / "wrong.ledger"
        file.write_text("".join(written), "utf-8")
        if not calls(store, Ledger(file), killed).problems:
            missed.append(f"not noticed: {what}")
    return missed


def copied(store: Store, sound: Path, sql: str) -> Store:
    """A copy of a store in which something was changed, behind its back."""
    file = sound.with_name("wrong.db")
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    shutil.copyfile(sound, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)
    return Store(" ".join(store.program), file)
