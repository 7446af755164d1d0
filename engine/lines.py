"""Python as it is written by a program: lines, blocks, variables, and names for objects that cannot be written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.plan import Field, Position


class Lines:
    """Lines of Python that grow.

    Args:
        names: What the code finds under which name.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self._known: dict[tuple[str, int], str] = {}
        self._lines: list[str] = []
        self._indent = 0
        self._variables = 0

    def source(self) -> str:
        """Return what was written."""
        return "\n".join(self._lines) + "\n"

    def _begin(self, head: str, words: str) -> None:
        self._lines += ["", ""] if self._lines else []
        self._line(head)
        with self._block():
            self._line(f'"""{words}"""')

    def _place(self, position: Position) -> str:
        return self._constant("P", position.number, position)

    def _name(self, prefix: str, value: Any) -> str:  # noqa: ANN401  a field or a class
        return self._constant(prefix, value.number if isinstance(value, Field) else id(value), value)

    def _constant(self, prefix: str, key: int, value: object) -> str:
        """Return the name under which the functions find an object."""
        name = self._known.get((prefix, key))
        if name is None:
            name = self._known[prefix, key] = f"{prefix}{key if prefix in 'PF' else len(self._known)}"
            self.names[name] = value
        return name

    def _variable(self, stem: str) -> str:
        self._variables += 1
        # Two underscores, which no function's name has: the stem may be whatever a client calls a field.
        return f"{stem}__{self._variables}"

    def _line(self, text: str) -> None:
        self._lines.append("    " * self._indent + text)

    @contextmanager
    def _block(self) -> Iterator[None]:
        self._indent += 1
        yield
        self._indent -= 1
