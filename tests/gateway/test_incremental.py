"""How parts are told: what the drafts say of failures and nested parts, and that the last part always comes."""

import json
from collections.abc import AsyncGenerator

import pytest
from graphql import GraphQLError, SubsequentIncrementalExecutionResult
from graphql.execution import CompletedResult, IncrementalDeferResult, IncrementalStreamResult, PendingResult

from engine import Parts, encode
from gateway.incremental import Current, Defer2022, Form, LaterAnswers
from resolvers.errors import NotFoundError
from schema.errors import formatted

LOST = GraphQLError("lost", path=["list", 2], original_error=NotFoundError())
ERROR = formatted(LOST)
FIRST = [PendingResult("0", ["list"], "more"), PendingResult("1", [], None)]


def _later() -> list[SubsequentIncrementalExecutionResult]:
    """Items, a part in one of them, and the failure of the list; then of the rest."""
    nested = PendingResult("2", ["list", 1], "nested")
    return [
        SubsequentIncrementalExecutionResult(
            has_next=True, pending=[nested], incremental=[IncrementalStreamResult([{"id": "b"}], "0")]
        ),
        SubsequentIncrementalExecutionResult(
            has_next=True,
            incremental=[IncrementalDeferResult({"name": "B"}, "2", errors=[LOST])],
            completed=[CompletedResult("2"), CompletedResult("0", [LOST])],
        ),
        SubsequentIncrementalExecutionResult(has_next=False, completed=[CompletedResult("1", [LOST])]),
    ]


def test_the_current_draft_names_what_was_pending() -> None:
    form = Current()
    assert form.first({"data": {"list": [{"id": "a"}]}}, FIRST) == {
        "data": {"list": [{"id": "a"}]},
        "pending": [{"id": "0", "path": ["list"], "label": "more"}, {"id": "1", "path": []}],
        "hasNext": True,
    }
    assert [form.later(part) for part in _later()] == [
        {
            "pending": [{"id": "2", "path": ["list", 1], "label": "nested"}],
            "incremental": [{"id": "0", "items": [{"id": "b"}]}],
            "hasNext": True,
        },
        {
            "incremental": [{"id": "2", "data": {"name": "B"}, "errors": [ERROR]}],
            "completed": [{"id": "2"}, {"id": "0", "errors": [ERROR]}],
            "hasNext": True,
        },
        {"completed": [{"id": "1", "errors": [ERROR]}], "hasNext": False},
    ]


def test_the_older_draft_names_places() -> None:
    form = Defer2022()
    first = {"data": {"list": [{"id": "a"}]}}
    assert form.first(first, FIRST) == first | {"hasNext": True}
    # Each is written before the next one is made.
    assert [json.loads(encode(form.later(part))) for part in _later()] == [
        {"incremental": [{"items": [{"id": "b"}], "path": ["list", 1], "label": "more"}], "hasNext": True},
        {
            "incremental": [
                {"data": {"name": "B"}, "path": ["list", 1], "label": "nested", "errors": [ERROR]},
                {"items": None, "path": ["list", 2], "label": "more", "errors": [ERROR]},
            ],
            "hasNext": True,
        },
        {"incremental": [{"data": None, "path": [], "errors": [ERROR]}], "hasNext": False},
    ]


@pytest.mark.parametrize("form", [Current(), Defer2022()], ids=["current", "older"])
async def test_whatever_happens_there_is_a_last_part_without_details_and_all_work_ends(form: Form) -> None:
    done: list[str] = []

    async def later() -> AsyncGenerator[SubsequentIncrementalExecutionResult, None]:
        yield SubsequentIncrementalExecutionResult(has_next=True, completed=[CompletedResult("1", [LOST])])
        raise ValueError("somebody's secret")

    async def close() -> None:
        done.append("closed")

    form.first({"data": {"list": []}}, FIRST)
    answers = LaterAnswers(Parts({}, None, FIRST, later(), close), form, lambda: done.append("ended"))
    *_, last = [answer async for answer in answers]
    assert (last["hasNext"], last["errors"][0]["message"]) == (False, "Something went wrong.")
    assert answers.codes == ["NOT_FOUND", "INTERNAL"]
    await answers.aclose()
    assert done == ["closed", "ended"]
