"""Subscriptions: admitted once, executed anew for each event, by one plan and in a context of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult

from engine import Batches, EngineSchema, Subscription, batch_field, event_field


@dataclass
class Context:
    """A request's, or an event's."""

    name: str
    asked: list[str] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)


def _scores(games: Sequence["Game"], context: Context) -> list[int]:
    context.asked += [game.name for game in games]
    return [len(game.name) for game in games]


@strawberry.type
class Game:
    """A game."""

    name: str
    score: int = batch_field(_scores, description="Its score.")


def _wanted(context: Context, league: str = "first") -> tuple[str, str]:
    if league == "none":
        raise ValueError("there is no such league")
    return context.name, league


async def _wanted_later(context: Context) -> str:
    return context.name


def _games(events: Sequence[str], context: Context, league: str = "first") -> list[Game]:
    context.asked.append(league)
    return [Game(name=event) for event in events]


def _failing(events: Sequence[str], context: Context) -> list[Any]:  # noqa: ARG001  the signature is given
    return [ValueError(event) for event in events]


@strawberry.type
class Events:
    """The subscription root."""

    game: Game | None = event_field(_wanted, _games, description="A game.")
    failing: Game | None = event_field(_wanted_later, _failing, description="Always fails.")


@strawberry.type
class Query:
    """The query root."""

    nothing: int = 0


def _schema() -> EngineSchema:
    return EngineSchema(query=Query, subscription=Events)


async def _begin(schema: EngineSchema, query: str, variables: dict[str, Any] | None = None) -> Any:  # noqa: ANN401  either
    admitted: list[object] = []
    begun = await schema.begin(query, variables, Context("request"), None, admit=lambda _, plan: admitted.append(plan))
    if isinstance(begun, Subscription):
        assert len(admitted) == 1
    return begun


async def test_what_is_wanted_is_told_once_and_each_event_has_a_context_of_its_own() -> None:
    schema = _schema()
    query = "subscription ($league: String!) { game(league: $league) { name score } }"
    subscription = await _begin(schema, query, {"league": "second"})
    assert subscription.wanted == ("request", "second")
    contexts = [Context("1"), Context("2"), Context("3")]
    for event, context in zip(("a", "bb", "ccc"), contexts, strict=True):
        result = await subscription.execute(event, context)
        assert (result.data, result.errors) == ({"game": {"name": event, "score": len(event)}}, None)
    assert [context.asked for context in contexts] == [["second", "a"], ["second", "bb"], ["second", "ccc"]]
    (plan,) = schema.plans.of(schema.documents.get(query).operations[""])
    assert plan.used == 4
    assert plan.code_size > 0
    assert not schema.plans.fallbacks


async def test_an_event_that_fails_does_not_end_the_others() -> None:
    subscription = await _begin(_schema(), "subscription { failing { name } }")
    assert subscription.wanted == "request"
    for event in ("a", "b"):
        result = await subscription.execute(event, Context("1"))
        assert result.data == {"failing": None}
        assert [(error.message, error.path) for error in result.errors] == [(event, ["failing"])]


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ('subscription { game(league: "none") { name } }', None, "there is no such league"),
        ("subscription { game { nothing } }", None, "Cannot query field 'nothing' on type 'Game'."),
        ("subscription ($league: Int!) { game(league: $league) { name } }", None, None),
        ("subscription ($league: String!) { game(league: $league) { name } }", {}, None),
        ("subscription ($no: Boolean = false) { game @include(if: $no) { name } }", None, None),
    ],
)
async def test_what_cannot_be_subscribed_to_is_refused_with_the_reason(
    query: str, variables: dict[str, Any] | None, message: str | None
) -> None:
    refused = await _begin(_schema(), query, variables)
    assert isinstance(refused, ExecutionResult)
    assert refused.data is None
    assert refused.errors
    assert message is None or refused.errors[0].message == message


async def test_a_query_is_no_subscription() -> None:
    schema = _schema()
    assert schema.is_subscription("subscription A { game { name } } query B { nothing }", "A")
    assert not schema.is_subscription("subscription A { game { name } } query B { nothing }", "B")
    assert not schema.is_subscription("subscription {", None)
    with pytest.raises(InvalidOperationTypeError):
        await _begin(schema, "{ nothing }")
