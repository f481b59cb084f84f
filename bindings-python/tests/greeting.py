"""The small service that most tests speak with: its schemas."""

from __future__ import annotations

ACCEPTS = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "times": {"type": "integer", "default": 1}},
    "required": ["name"],
    "x-arvo-unknown-keys": "strip",
}
EMITS = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
ANSWER = "evt.greet.user.success"
