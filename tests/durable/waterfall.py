"""A trace as a picture: one bar for each execution, below the one whose event it handled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from receiver import Span

COLOURS = {"rust": "#b7410e", "python": "#3572a5", "node": "#3c873a", "c": "#6e5494"}
ROW, LEFT, WIDTH, PAD = 22, 430, 620, 12
BAR = 40


def nested(spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """Executions with their depth, each before those that handled its events."""
    executions = [span for span in spans if span.is_execution]
    known = {span.id for span in executions}

    def below(parent: str, depth: int) -> Iterator[tuple[int, Span]]:
        for span in executions:
            if span.parent == parent or (depth == 0 and span.parent not in known):
                yield depth, span
                yield from below(span.id, depth + 1)

    yield from below("", 0)


def written(spans: Sequence[Span]) -> str:
    """For a terminal."""
    rows = list(nested(spans))
    if not rows:
        return "no trace of all workers"
    begin, end = min(span.start for _, span in rows), max(span.end for _, span in rows)
    lines = [f"trace {rows[0][1].trace}, {len(spans)} spans, {(end - begin) / 1e6:.1f} ms"]
    for depth, span in rows:
        at = round(BAR * (span.start - begin) / max(end - begin, 1))
        long = max(1, round(BAR * (span.end - span.start) / max(end - begin, 1)))
        bar = " " * at + "█" * long
        name = "  " * depth + label(span)
        lines.append(f"{span.service:<7} {name:<64.64} {(span.end - span.start) / 1e6:>7.2f} ms  {bar}")
    return "\n".join(lines)


def drawn(spans: Sequence[Span]) -> str:
    """As SVG."""
    rows = list(nested(spans))
    begin, end = min(span.start for _, span in rows), max(span.end for _, span in rows)
    scale = WIDTH / max(end - begin, 1)
    height = (len(rows) + 2) * ROW + PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="white"/><text x="{PAD}" y="{ROW}" font-weight="bold">'
        f"One order, one trace, four languages: {len(spans)} spans, {(end - begin) / 1e6:.1f} ms</text>",
    ]
    parts += [
        f'<rect x="{LEFT + 60 + 90 * place}" y="{ROW - 10}" width="10" height="10" fill="{colour}"/>'
        f'<text x="{LEFT + 75 + 90 * place}" y="{ROW}">{language}</text>'
        for place, (language, colour) in enumerate(COLOURS.items())
    ]
    for place, (depth, span) in enumerate(rows):
        y = (place + 1) * ROW + PAD
        x, width = LEFT + (span.start - begin) * scale, max(2.0, (span.end - span.start) * scale)
        parts.append(
            f'<text x="{PAD + depth * 14}" y="{y + 12}">{escape(label(span))}</text>'
            f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW - 8}" rx="2" '
            f'fill="{COLOURS.get(span.service, "#888")}"/>'
            f'<text x="{x + width + 4:.1f}" y="{y + 12}" fill="#555">{(span.end - span.start) / 1e6:.2f} ms</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def label(span: Span) -> str:
    """What was handled, and by what kind of thing."""
    return f"{span.attributes['arvo.handler.execution.type']} {span.attributes['consumable.0.cloudevents.event_type']}"
