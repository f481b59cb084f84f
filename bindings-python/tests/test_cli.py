"""`python -m arvo`: what the commands do is tested in the core; here, that they are reached."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from arvo import Event


def arvo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "arvo", *arguments], capture_output=True, text=True, check=False)


def test_the_commands_reach_a_store(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'shop.db'}"
    event = Event(source="com.shop.web", type="com.greet.user", subject="greeting/1", data={})
    (tmp_path / "events.jsonl").write_text(event.to_json(), "utf-8")
    published = arvo("publish", str(tmp_path / "events.jsonl"), "--store", url, "--json")
    assert published.returncode == 0, published.stderr
    assert json.loads(published.stdout.splitlines()[0])["new"] is True
    listed = arvo("ls", "--store", url, "--json")
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)


def test_exit_codes_are_the_commands_own(tmp_path: Path) -> None:
    assert arvo("--help").returncode == 0
    assert arvo("no-such-command").returncode == 2
    refused = arvo("ls", "--store", "mysql:shop")
    assert refused.returncode != 0
    assert "sqlite:" in refused.stderr
