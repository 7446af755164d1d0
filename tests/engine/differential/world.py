"""The objects of a pool as an execution meets them: made anew for each, and taking note of what is asked."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import partial
from typing import Any

from tests.engine.differential.pool import Pool
from tests.engine.differential.values import Value

_KEPT: dict[str, Callable[[Iterator[Any]], Any]] = {"list": list, "tuple": tuple, "deque": deque}


class Record:
    """An object whose fields are attributes."""

    def __repr__(self) -> str:
        return "Record"


class Volatile(Record):
    """An object some of whose attributes raise."""

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get(f"raises {name}")
        if isinstance(cell, Cell):
            return cell.open()
        raise AttributeError(f"no {name}")


class Soon:
    """An awaitable that can be awaited more than once."""

    def __init__(self, open_: Callable[[], Any], turns: int) -> None:
        self._open = open_
        self._turns = turns

    def __await__(self) -> Generator[Any, None, Any]:
        for _ in range(self._turns):
            yield from asyncio.sleep(0).__await__()
        return self._open()

    def __repr__(self) -> str:
        return "Soon"


class Many:
    """Something to iterate over, more than once; ends with an error where there is one."""

    def __init__(self, items: Callable[[], Iterator[Any]]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return self._items()

    def __repr__(self) -> str:
        return "Many"


class ManyLater:
    """The same, asynchronously."""

    def __init__(self, items: Callable[[], AsyncIterator[Any]]) -> None:
        self._items = items

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._items()

    def __repr__(self) -> str:
        return "ManyLater"


class Cell:
    """Holds a value for a resolver, which opens it."""

    def __init__(self, world: "World", value: Value) -> None:
        self._world = world
        self.value = value

    def open(self) -> Any:
        """Return the value, made anew, or raise."""
        return self._world.open(self.value, is_fresh=True)

    def __repr__(self) -> str:
        return "Cell"


class World:
    """The objects of a pool, for one execution.

    Attributes:
        calls: What was asked of resolvers: field, path, arguments and what else they were told.
        root: The root value.

    Args:
        pool: The pool.
        root: Name of the operation's root type.
    """

    def __init__(self, pool: Pool, root: str) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._pool = pool
        self._known: dict[tuple[str, int], Any] = {}
        self.root = self.instance(root, 0)

    def instance(self, name: str, number: int) -> Any:
        """Return one object, the same whenever it is asked for."""
        known = self._known.get((name, number))
        return self._build(name, number) if known is None else known

    def open(self, value: Value, *, is_fresh: bool) -> Any:
        """Return a value, or raise."""
        if value.kind == "raises":
            raise value.of()
        return self.make(value, is_fresh=is_fresh)

    def make(self, value: Value, *, is_fresh: bool = False) -> Any:
        """Return a value; where it is not made anew for each use, it can be used more than once."""
        if value.kind == "plain":
            return value.of
        if value.kind == "object":
            return self.instance(*value.of)
        if value.kind == "items":
            return self._items(value, is_fresh=is_fresh)
        if value.kind == "soon":
            return Soon(partial(self.open, value.of, is_fresh=is_fresh), value.more)
        if value.kind == "called":
            return self._function(Cell(self, value.of))
        return value.of()

    def _build(self, name: str, number: int) -> Any:
        one = self._pool.instances[name][number]
        fields = {of.name: way for of, way in self._pool.shape.objects[name].fields.items()}
        if one.is_record:
            raising = any(value.kind == "raises" and fields[key] == "read" for key, value in one.values.items())
            record = Volatile() if raising else Record()
            self._known[name, number] = record
            target = record.__dict__
        else:
            target = self._known[name, number] = {}
        target["kind"] = one.kind
        if one.has_typename:
            target["_Record__typename" if one.is_record else "__typename"] = one.kind
        for key, value in one.values.items():
            if fields[key] in ("sync", "async", "batch"):
                target[key] = Cell(self, value)
            elif value.kind != "raises":
                target[key] = self.make(value)
            elif fields[key] == "read":
                target[f"raises {key}"] = Cell(self, value)
            else:
                target[key] = self._function(Cell(self, value))
        return self._known[name, number]

    def _function(self, cell: Cell) -> Callable[..., Any]:
        def called(info: Any, **arguments: Any) -> Any:
            self.note("called", info, arguments)
            return cell.open()

        return called

    def note(self, way: str, info: Any, arguments: dict[str, Any]) -> None:
        """Write down a call with all that the resolver was told."""
        told = (info.parent_type.name, info.field_name, str(info.return_type), len(info.field_nodes))
        self.calls.append((way, *told, tuple(info.path.as_list()), repr(arguments), info.root_value is self.root))

    def _items(self, value: Value, *, is_fresh: bool) -> Any:
        held, error = value.more

        def items() -> Iterator[Any]:
            for item in value.of:
                yield self.make(item)
            if error is not None:
                raise error()

        async def items_later() -> AsyncIterator[Any]:
            for item in value.of:
                if item.kind == "soon":
                    await asyncio.sleep(0)
                yield self.make(item)
            if error is not None:
                raise error()

        if held.startswith("async"):
            return items_later() if held == "async generator" and is_fresh else ManyLater(items_later)
        if held == "generator" and is_fresh:
            return items()
        return Many(items) if error is not None or held not in _KEPT else _KEPT[held](items())


def pause(turns: int) -> Awaitable[None]:
    """Let the event loop take so many turns."""
    return Soon(lambda: None, turns)
