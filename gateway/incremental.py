"""Answers in parts as clients read them: by the specification's draft, or the one that Apollo's clients ask for.

Sources: the draft of "Incremental Delivery over HTTP" (github.com/graphql/graphql-over-http), "Incremental Delivery"
0.2 (specs.apollo.dev), and, for the older one, the specification's pull request 742 at its state of 24 August 2022.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from graphql import GraphQLError, SubsequentIncrementalExecutionResult
from graphql.execution import CompletedResult, IncrementalDeferResult, IncrementalStreamResult, PendingResult

from engine import Parts
from gateway.negotiation import Delivery
from schema.errors import formatted, unexpected

Answer = dict[str, Any]


class Form(Protocol):
    """How parts are told."""

    def first(self, answer: Mapping[str, Any], pending: Sequence[PendingResult]) -> Answer:
        """Return the first part, from data and errors."""

    def later(self, part: SubsequentIncrementalExecutionResult) -> Answer:
        """Return a later part; it may tell nothing."""


class LaterAnswers:
    """The later parts of an answer, as clients read them.

    Attributes:
        codes: Of all errors that they have told, each as often as it was.

    Args:
        parts: Closed with this.
        form: How they are told.
        ended: Called when nothing is done for the answer any more.
    """

    def __init__(self, parts: Parts, form: Form, ended: Callable[[], None]) -> None:
        self._parts = parts
        self._form = form
        self._ended = ended
        self.codes: list[str] = []

    async def __aiter__(self) -> AsyncIterator[Answer]:
        """Return them as they come; the last one says that it is the last, whatever has happened."""
        try:
            async for part in self._parts:
                answer = self._form.later(part)
                if len(answer) > 1 or not part.has_next:
                    self.codes += _codes(answer)
                    yield answer
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            told = unexpected(error)
            self.codes.append(told["extensions"]["code"])
            yield {"errors": [told], "hasNext": False}

    async def aclose(self) -> None:
        """End all work for the answer."""
        try:
            await self._parts.aclose()
        finally:
            self._ended()


class Current:
    """The current draft: what is pending has an id, by which later parts add to it and complete it."""

    def first(self, answer: Mapping[str, Any], pending: Sequence[PendingResult]) -> Answer:
        """Return the first part."""
        return {**answer, "pending": list(map(_pending, pending)), "hasNext": True}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Answer:
        """Return a later part."""
        answer: Answer = {}
        if part.pending:
            answer["pending"] = list(map(_pending, part.pending))
        if part.incremental:
            answer["incremental"] = list(map(_added, part.incremental))
        if part.completed:
            answer["completed"] = list(map(_completed, part.completed))
        return answer | {"hasNext": part.has_next}


class Defer2022:
    """The older draft: each part names its place in the data, and items their place in the list.

    What graphql-core tells by ids is told by paths; so it must be known how many items a list has by now, and all that
    was told is put together here.
    """

    def __init__(self) -> None:
        self._pending: dict[str, PendingResult] = {}
        self._data: Any = None

    def first(self, answer: Mapping[str, Any], pending: Sequence[PendingResult]) -> Answer:
        """Return the first part."""
        self._data = answer["data"]
        self._pending = {one.id: one for one in pending}
        return {**answer, "hasNext": True}

    def later(self, part: SubsequentIncrementalExecutionResult) -> Answer:
        """Return a later part."""
        self._pending |= {one.id: one for one in part.pending or ()}
        told = [self._add(one) for one in part.incremental or ()]
        told += [self._fail(self._pending[one.id], one.errors) for one in part.completed or () if one.errors]
        return {"incremental": told, "hasNext": part.has_next} if told else {"hasNext": part.has_next}

    def _add(self, added: IncrementalDeferResult | IncrementalStreamResult) -> Answer:
        pending = self._pending[added.id]
        if isinstance(added, IncrementalDeferResult):
            path = [*pending.path, *(added.sub_path or ())]
            self._at(path).update(added.data)
            return _told({"data": added.data, "path": path}, pending, added.errors)
        items = self._at(pending.path)
        path = [*pending.path, len(items)]
        items.extend(added.items)
        return _told({"items": added.items, "path": path}, pending, added.errors)

    def _fail(self, pending: PendingResult, errors: Sequence[GraphQLError]) -> Answer:
        there = self._at(pending.path)
        if isinstance(there, list):
            return _told({"items": None, "path": [*pending.path, len(there)]}, pending, errors)
        return _told({"data": None, "path": pending.path}, pending, errors)

    def _at(self, path: Sequence[str | int]) -> Any:  # noqa: ANN401  an object or a list of the answer
        place = self._data
        for key in path:
            place = place[key]
        return place


def form(delivery: Delivery) -> Form:
    """Return how a client is told parts."""
    return Defer2022() if delivery is Delivery.DEFER_2022 else Current()


def _pending(one: PendingResult) -> Answer:
    return {"id": one.id, "path": one.path} | ({} if one.label is None else {"label": one.label})


def _added(one: IncrementalDeferResult | IncrementalStreamResult) -> Answer:
    answer: Answer = {"id": one.id}
    if isinstance(one, IncrementalStreamResult):
        answer["items"] = one.items
    else:
        answer |= {"data": one.data} | ({"subPath": one.sub_path} if one.sub_path else {})
    return answer | _errors(one.errors)


def _completed(one: CompletedResult) -> Answer:
    return {"id": one.id} | _errors(one.errors)


def _told(answer: Answer, pending: PendingResult, errors: Sequence[GraphQLError] | None) -> Answer:
    return answer | ({} if pending.label is None else {"label": pending.label}) | _errors(errors)


def _codes(answer: Answer) -> Iterator[str]:
    for part in (*answer.get("incremental", ()), *answer.get("completed", ())):
        for error in part.get("errors", ()):
            yield error["extensions"]["code"]


def _errors(errors: Sequence[GraphQLError] | None) -> Answer:
    return {"errors": list(map(formatted, errors))} if errors else {}
