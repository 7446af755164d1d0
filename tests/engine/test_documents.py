"""Documents are kept, and whoever sent them is not."""

import logging
import traceback
import weakref

import pytest
import strawberry
from graphql import GraphQLSyntaxError

from engine import EngineSchema


@strawberry.type
class Query:
    number: int = 1


class Context:
    """One request."""


@pytest.mark.parametrize("text", ["{ number", "{ number " + "{ number " * 500 + "}" * 501, "{ other }"])
async def test_a_refused_document_remembers_nobody_who_has_sent_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest would keep what is written to it, and the errors with that.
    monkeypatch.setattr(logging.getLogger("strawberry.execution"), "disabled", True)
    schema = EngineSchema(Query)
    told: set[str] = set()
    for _ in range(20):
        context = Context()
        gone = weakref.ref(context)
        result = await schema.execute(text, context_value=context)
        told.add(repr(result.errors))
        assert result.errors is not None
        (error,) = result.errors
        assert len(traceback.extract_tb(error.__traceback__)) < 5
        del result, error, context
        assert gone() is None
    assert len(told) == 1


async def test_what_is_looked_at_before_it_is_executed_has_come_once() -> None:
    schema = EngineSchema(Query)
    known = "{ number }"
    for _ in range(2):
        await schema.execute(known)
    kept = schema.documents.get(known)
    for number in range(1000):
        # As an event stream or a socket does.
        text = f"{{ a{number}: number {'# ' + 'x' * 1000} }}" + "\n}"
        assert not schema.is_subscription(text, None)
        await schema.execute(text)
    assert schema.documents.get(known) is kept
    assert not schema.is_subscription("{ number", None)


def test_a_wrong_syntax_is_told_to_everybody_alike() -> None:
    documents = EngineSchema(Query).documents
    told = []
    for _ in range(3):
        with pytest.raises(GraphQLSyntaxError) as caught:
            documents.get("{ number")
        told.append(caught.value)
    assert told[0] == told[1] == told[2]
    assert told[0].locations is not None
    assert told[0].description == "Expected Name, found <EOF>."
    assert len({id(one) for one in told}) == 3
