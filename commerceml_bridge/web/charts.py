"""Small bar charts as SVG drawn here: no script, no style attribute, a title on every bar, a text for screen readers.

A chart is data for the template macro ``parts.chart``; the numbers stand in the page's table or JSON as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, BAR, GAP = 40, 12, 4


@dataclass(frozen=True)
class Bar:
    """One bar in the chart's own units; ``title`` is shown on hover and read aloud."""

    x: int
    y: int
    height: int
    title: str


@dataclass(frozen=True)
class Chart:
    """A row of bars; ``label`` says what they are, ``last`` and ``total`` what cannot be read from bars."""

    label: str
    width: int
    height: int
    bars: tuple[Bar, ...]
    last: int
    total: int


def bars(label: str, values: Sequence[tuple[str, int]]) -> Chart:
    """Return a chart of (title, value), the highest value as high as the chart; a value above 0 is always seen."""
    highest = max((value for _, value in values), default=0) or 1
    heights = [max(1, round(HEIGHT * value / highest)) if value else 0 for _, value in values]
    drawn = tuple(
        Bar(place * (BAR + GAP), HEIGHT - height, height, title)
        for place, ((title, _), height) in enumerate(zip(values, heights, strict=True))
    )
    numbers = [value for _, value in values]
    last = numbers[-1] if numbers else 0
    return Chart(label, max(1, len(values) * (BAR + GAP) - GAP), HEIGHT, drawn, last, sum(numbers))
