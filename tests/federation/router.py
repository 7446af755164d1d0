"""Asking as a router does."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.support.center import Json, OrderCenter

SECRET = "only-for-tests-only-for-tests-only"  # noqa: S105  it opens nothing
ENTITIES = """query ($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename
    ... on Order { id number total { amount } }
    ... on Product { id title }
    ... on Shop { id name }
    ... on User { id displayName }
    ... on Payment { id kind }
    ... on Shipment { id carrier }
} }"""


async def post(
    center: OrderCenter,
    query: str,
    variables: Mapping[str, object] | None = None,
    *,
    person: str | None,
    scope: str | None = None,
    secret: str | None = SECRET,
) -> httpx.Response:
    """Ask on somebody's behalf, and show a secret."""
    center.calls.clear()
    headers = {} if secret is None else {"Router-Authorization": secret}
    if person is not None:
        headers["Authorization"] = f"Bearer {center.token(person, scope)}"
    return await center.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


async def entities(
    center: OrderCenter, representations: Sequence[Any], *, person: str | None, scope: str | None = None
) -> Json:
    """Return the whole answer to ``_entities``."""
    response = await post(center, ENTITIES, {"representations": representations}, person=person, scope=scope)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def errors_by_place(answer: Json) -> dict[int, Json]:
    """Return the extensions of an answer's errors by the place of their representation."""
    assert all(error["path"][0] == "_entities" for error in answer.get("errors", []))
    return {error["path"][1]: error["extensions"] for error in answer.get("errors", [])}
