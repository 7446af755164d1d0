"""Documents that take every field of the schema, and what their answers show of whom."""

import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

from tests.support.center import Json

# Long enough that among a person's things there are those that have everything.
GIVEN = {"first": 12, "since": "$since"}
_ID = re.compile(r"\b[a-z]{2,4}_[0-9A-Z]{6,}\b")

Selection = dict[str, "Selection"]


class Entry(NamedTuple):
    """Where a document begins: a root field with its arguments, and for an interface the type that is meant."""

    key: str
    call: str
    type_name: str


def document(schema: GraphQLSchema, entries: list[Entry], variables: str = "") -> str:
    """Return a query that takes every field of every type within reach at least once, by the shortest way to the type.

    On longer ways to a type only its leaves are asked for.
    """
    known: set[str] = set()
    waiting: deque[tuple[GraphQLObjectType, Selection]] = deque()

    def place(type_: GraphQLNamedType, selection: Selection) -> None:
        if isinstance(type_, GraphQLInterfaceType):
            selection |= {"__typename": {}} | {
                f"... on {one.name}": {"id": {}} for one in schema.get_possible_types(type_)
            }
        elif isinstance(type_, GraphQLObjectType) and type_.name in known:
            selection |= _brief(type_, ())
        elif isinstance(type_, GraphQLObjectType):
            known.add(type_.name)
            selection["__typename"] = {}
            waiting.append((type_, selection))

    roots: Selection = {}
    for entry in entries:
        inner = roots[f"{entry.key}: {entry.call}"] = {}
        place(schema.type_map[entry.type_name], inner)
    while waiting:
        type_, selection = waiting.popleft()
        for call, returned in _fields(type_):
            inner = selection[call] = {}
            place(returned, inner)
    for entry in entries:
        narrowed = f"{entry.key}: {entry.call}"
        if "node(" in entry.call:
            roots[narrowed] = {"__typename": {}, f"... on {entry.type_name}": roots[narrowed]}
    return f"query {variables} {_printed(roots)}"


def edges(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Return every field within reach of the query root that leads to an object, as type and field."""
    found: set[tuple[str, str]] = set()
    waiting: list[GraphQLNamedType] = [schema.type_map["Query"]]
    seen: set[str] = set()
    while waiting:
        type_ = waiting.pop()
        if type_.name in seen:
            continue
        seen.add(type_.name)
        if isinstance(type_, GraphQLInterfaceType):
            waiting += schema.get_possible_types(type_)
        elif isinstance(type_, GraphQLObjectType):
            # What begins with an underscore is for routers alone.
            for name, field in type_.fields.items() if type_.name != "Query" else _for_clients(type_):
                returned = get_named_type(field.type)
                if isinstance(returned, GraphQLObjectType | GraphQLInterfaceType):
                    found.add((type_.name, name))
                    waiting.append(returned)
    return found


def _for_clients(type_: GraphQLObjectType) -> list[tuple[str, GraphQLField]]:
    return [(name, field) for name, field in type_.fields.items() if not name.startswith("_")]


def taken(value: object) -> Iterator[tuple[str, str]]:
    """Yield the edges on which an answer has reached an object."""
    if isinstance(value, list):
        for one in value:
            yield from taken(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if inner and isinstance(inner, dict | list):
                yield value.get("__typename", "Query"), key
                yield from taken(inner)


def nodes(value: object) -> Iterator[tuple[str, str]]:
    """Yield type and id of every object of an answer that has one."""
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)
    elif isinstance(value, dict):
        if "__typename" in value and value.get("id"):
            yield value["__typename"], value["id"]
        for inner in value.values():
            yield from nodes(inner)


def ids(value: object) -> set[str]:
    """Return every id that stands anywhere in an answer, in a URL or a text too."""
    if isinstance(value, str):
        return set(_ID.findall(value))
    if isinstance(value, list):
        return {found for one in value for found in ids(one)}
    return {found for one in value.values() for found in ids(one)} if isinstance(value, dict) else set()


class Owners:
    """Whose everything is, as the services' own data says.

    Args:
        data: Their folder.
    """

    def __init__(self, data: Path) -> None:
        self._known: dict[str, str | None] = {}
        # By the prefix of its ids: the file of a table, and the query for owners.
        self._queries = {
            prefix: (file, query) for file in sorted(data.glob("*.sqlite")) for prefix, query in _owner_queries(file)
        }

    def of(self, answer: Json) -> set[str | None]:
        """Return whose things an answer names; None for what is everybody's.

        Raises:
            KeyError: It names something that the services do not have.
        """
        named = ids(answer)
        unknown: dict[str, list[str]] = {}
        for identifier in named - self._known.keys():
            unknown.setdefault(identifier.partition("_")[0], []).append(identifier)
        for prefix, of_kind in unknown.items():
            file, query = self._queries[prefix]
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                self._known |= database.execute(query.format(", ".join("?" * len(of_kind))), of_kind).fetchall()
        return {self._known[identifier] for identifier in named}


def _owner_queries(file: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            row = database.execute(f"SELECT id FROM {table} LIMIT 1").fetchone() if "id" in columns else None  # noqa: S608  a table's name
            # What is to be told to others is no thing, and has ids like those of what has happened.
            if row is None or table == "outbox":
                continue
            owner = "NULL"
            if "customer_id" in columns:
                owner = "customer_id"
            elif table == "customers":
                owner = "id"
            elif "order_id" in columns:
                owner = "(SELECT customer_id FROM orders WHERE orders.id = order_id)"
            yield str(row[0]).partition("_")[0], f"SELECT id, {owner} FROM {table} WHERE id IN ({{}})"  # noqa: S608  the same


def _fields(type_: GraphQLObjectType) -> Iterator[tuple[str, GraphQLNamedType]]:
    for name, field in type_.fields.items():
        unknown = [one for one, argument in field.args.items() if is_required_argument(argument)]
        assert not unknown, f"the walk does not know what to give {type_.name}.{name} for {unknown}"
        arguments = [f"{one}: {value}" for one, value in GIVEN.items() if one in field.args]
        yield f"{name}({' '.join(arguments)})" if arguments else name, get_named_type(field.type)


def _brief(type_: GraphQLObjectType, above: tuple[str, ...]) -> Selection:
    selection: Selection = {"__typename": {}}
    for call, returned in _fields(type_):
        if not isinstance(returned, GraphQLObjectType):
            selection[call] = {}
        elif "id" not in type_.fields and returned.name not in above:
            selection[call] = _brief(returned, (*above, type_.name))
    return selection


def _printed(selection: Selection) -> str:
    inside = " ".join(f"{call} {_printed(inner) if inner else ''}" for call, inner in selection.items())
    return f"{{ {inside} }}"


def without_executor(answer: Json) -> Json:
    """Return an answer's data without what only chose who executes it."""
    data: dict[str, Any] = answer["data"] or {}
    return {key: value for key, value in data.items() if key != "__schema"}
