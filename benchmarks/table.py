"""Tables in Markdown that can be read as plain text too."""

from collections.abc import Sequence


def table(head: Sequence[str], lines: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Return a table.

    Args:
        head: Names of the columns.
        lines: Cells of each line.
        words: How many of the first columns are words; the others are numbers and stand to the right.
    """
    widths = [max(2, *map(len, column)) for column in zip(head, *lines, strict=True)]
    rule = ["-" * width if at < words else "-" * (width - 1) + ":" for at, width in enumerate(widths)]

    def row(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if at < words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    return "\n".join([row(head), f"| {' | '.join(rule)} |", *map(row, lines)])


def number(value: float) -> str:
    """Return a number with three digits that count."""
    if value >= 100:  # noqa: PLR2004  three digits
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004  the same
