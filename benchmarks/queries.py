"""The queries: a folder of ``<name>.graphql``, each with its variables in ``<name>.json`` beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from benchmarks.places import QUERIES, BenchmarkError

# Stands for the id of whoever asks, anywhere in the variables.
CUSTOMER = "$customer"


@dataclass(frozen=True)
class Query:
    """One operation.

    Attributes:
        name: The file's name.
        document: GraphQL.
        variables: JSON in which ``$customer`` stands for the customer's id.
    """

    name: str
    document: str
    variables: Mapping[str, object]

    def body(self, customer: str) -> bytes:
        """Return the request's body for one customer."""
        return orjson.dumps({"query": self.document, "variables": self.variables_of(customer)})

    def variables_of(self, customer: str) -> dict[str, Any]:
        """Return the variables for one customer."""
        return {name: _filled(value, customer) for name, value in self.variables.items()}


def read_queries(folder: Path) -> Sequence[Query]:
    """Return a folder's queries, the smallest first; raises ``BenchmarkError`` where there is none."""
    files = sorted(folder.glob("*.graphql"), key=lambda file: (file.stat().st_size, file.name))
    if not files:
        raise BenchmarkError(f"{folder} holds no query: write <name>.graphql, and its variables to <name>.json")
    return [Query(file.stem, file.read_text(), _variables(file.with_suffix(".json"))) for file in files]


def our_query(name: str) -> Query:
    """Return one of our own queries; raises ``BenchmarkError`` where there is none of that name."""
    found = next((query for query in read_queries(QUERIES) if query.name == name), None)
    if found is None:
        raise BenchmarkError(f"no query is called {name}")
    return found


def customers(count: int) -> Sequence[str]:
    """Return ids of the stand-in's customers: ``cus_0001``, ``cus_0002`` and so on."""
    return [customer(number) for number in range(1, count + 1)]


def customer(number: int) -> str:
    """Return one customer's id."""
    return f"cus_{number:04}"


def _variables(file: Path) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, object]) if file.exists() else {}
    except msgspec.DecodeError as error:
        raise BenchmarkError(f"{file.name} does not hold variables: {error}") from None


def _filled(template: object, customer: str) -> object:
    if template == CUSTOMER:
        return customer
    if isinstance(template, dict):
        return {name: _filled(value, customer) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, customer) for value in template]
    return template
