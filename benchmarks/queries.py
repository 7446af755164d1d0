"""The queries: a folder of ``<name>.graphql``, each with its variables in ``<name>.json`` beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.places import BenchmarkError

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
    variables: object

    def body(self, customer: str) -> bytes:
        """Return the request's body for one customer."""
        return orjson.dumps({"query": self.document, "variables": _filled(self.variables, customer)})


def read_queries(folder: Path) -> Sequence[Query]:
    """Return a folder's queries, the smallest first; raises ``BenchmarkError`` where there is none."""
    files = sorted(folder.glob("*.graphql"), key=lambda file: (file.stat().st_size, file.name))
    if not files:
        raise BenchmarkError(f"{folder} holds no query: write <name>.graphql, and its variables to <name>.json")
    return [Query(file.stem, file.read_text(), _variables(file.with_suffix(".json"))) for file in files]


def customers(count: int) -> Sequence[str]:
    """Return ids of the stand-in's customers: ``cus_0001``, ``cus_0002`` and so on."""
    return [customer(number) for number in range(1, count + 1)]


def customer(number: int) -> str:
    """Return one customer's id."""
    return f"cus_{number:04}"


def _variables(file: Path) -> object:
    try:
        return orjson.loads(file.read_bytes()) if file.exists() else {}
    except orjson.JSONDecodeError as error:
        raise BenchmarkError(f"{file.name} is not JSON: {error}") from None


def _filled(template: object, customer: str) -> object:
    if template == CUSTOMER:
        return customer
    if isinstance(template, dict):
        return {name: _filled(value, customer) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, customer) for value in template]
    return template
