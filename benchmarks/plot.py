"""Bars as SVG: what was measured, a mark for the goal, one for the floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Bar", "bars"]

_WIDTH, _LEFT, _RIGHT, _ROW = 760, 230, 70, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its value, and the goal where there is one."""

    label: str
    value: float
    goal: float | None = None


def bars(title: str, rows: Sequence[Bar], *, unit: str, floor: float | None = None) -> str:
    """An SVG of horizontal bars on one linear scale from 0."""
    most = max(max(row.value, row.goal or 0) for row in rows) * 1.08
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    height = 60 + _ROW * len(rows) + 24
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            'font-family="system-ui, sans-serif" font-size="13">'
        ),
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="15" font-weight="600" fill="#1f2933">{escape(title)}</text>',
    ]
    for nth, row in enumerate(rows):
        top = 44 + _ROW * nth
        width = max(1.0, row.value * scale)
        behind = _LEFT + max(width, (row.goal or 0) * scale) + 8
        colour = "#2f6f4f" if row.goal is None or row.value <= row.goal else "#b45309"
        parts += [
            f'<text x="{_LEFT - 10}" y="{top + 15}" text-anchor="end" fill="#1f2933">{escape(row.label)}</text>',
            f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="20" rx="2" fill="{colour}"/>',
            f'<text x="{behind:.1f}" y="{top + 15}" fill="#1f2933">{row.value:,.2f} {escape(unit)}</text>',
        ]
        if row.goal is not None:
            at = _LEFT + row.goal * scale
            parts.append(f'<path d="M{at:.1f} {top - 3}v26" stroke="#1f2933" stroke-width="2" stroke-dasharray="3 2"/>')
    bottom = 44 + _ROW * len(rows)
    if floor is not None:
        at = _LEFT + floor * scale
        parts.append(f'<path d="M{at:.1f} 40V{bottom}" stroke="#94a3b8" stroke-width="1"/>')
    parts.append(
        f'<text x="{_LEFT}" y="{bottom + 18}" fill="#52606d" font-size="12">dashed: the goal'
        + ("; thin line: the floor" if floor is not None else "")
        + "</text></svg>"
    )
    return "\n".join(parts) + "\n"
