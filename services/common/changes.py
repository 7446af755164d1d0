"""Commands: requests that change something, each at most once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from services.common.batch import Key
from services.common.database import Writer
from services.common.problems import IdempotencyKeyReused, NotFound, Problem, Refused, problem_details

B = TypeVar("B", bound="Body")
V = TypeVar("V")

# How long a repeated command is recognised. The contract asks for a day.
KEPT = timedelta(days=7)

_FIND = "SELECT fingerprint, status, answer FROM commands WHERE customer_id = ? AND key = ?"
_KEEP = """
    INSERT INTO commands (customer_id, key, fingerprint, status, answer, answered_at) VALUES (?, ?, ?, ?, ?, ?)
"""


class Body(Struct, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all commands name: who wants it."""

    customer_id: Annotated[Key, Meta(description="Who wants it; what is somebody else's does not exist.")]


@dataclass(frozen=True)
class Command(Generic[B, V]):
    """One command.

    Args:
        path: Where it is.
        summary: What it does.
        request: The type of its body.
        answer: The type of what it answers: the thing as it is afterwards.
        act: Does it, or raises `NotFound` or `Refused` before it has changed anything.
    """

    path: str
    summary: str
    request: type[B]
    answer: type[V]
    act: Callable[[Writer, B], V]


class Answer(NamedTuple):
    """What a command is answered with; `replayed` when it was carried out before."""

    status: int
    content: bytes
    replayed: bool


def carry_out(command: Command[B, V], writer: Writer, key: str, body: B) -> Answer:
    """Act once: a second time under the same key, only the first answer is given again.

    Raises:
        IdempotencyKeyReused: The customer has used the key for something else.
    """
    fingerprint = hashlib.sha256(command.path.encode() + b"\n" + msgspec.json.encode(body)).digest()
    for kept, status, answer in writer.rows(_FIND, (body.customer_id, key)):
        if kept != fingerprint:
            raise IdempotencyKeyReused
        return Answer(status, answer, replayed=True)
    try:
        answer = Answer(HTTPStatus.OK, msgspec.json.encode(command.act(writer, body)), replayed=False)
    except (NotFound, Refused) as problem:
        answer = _refusal(problem)
    writer.change(_KEEP, body.customer_id, key, fingerprint, answer.status, answer.content, writer.seconds)
    writer.change("DELETE FROM commands WHERE answered_at < ?", writer.seconds - int(KEPT.total_seconds()))
    return answer


def _refusal(problem: Problem) -> Answer:
    return Answer(problem.status, problem_details(problem), replayed=False)
