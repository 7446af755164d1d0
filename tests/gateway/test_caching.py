"""What caches between the gateway and its clients keep: answers that are the same for everybody, asked for by URL."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from services.people import SHOPPER
from tests.support import plain
from tests.support.center import Json, OrderCenter, running, settings
from tests.support.front import nginx
from tests.support.gateway import GatewayProcess
from tests.support.services import ServiceProcess

DOCUMENTS = {
    "product": "query ($id: ID!) { product(id: $id) { id title price { amount } } }",
    "shop": "query ($id: ID!) { product(id: $id) { id shop { name } } }",
    "mine": "query ($id: ID!) { product(id: $id) { id } viewer { id } }",
    "node": "query ($id: ID!) { node(id: $id) { id } }",
    "nothing": "{ __typename }",
}
PREFLIGHT = {"GraphQL-Preflight": "1"}
PERSONAL = "private, no-store"
PUBLIC = "public, max-age=60"


class Catalogue(NamedTuple):
    """A gateway that knows the documents, and a product that there is."""

    center: OrderCenter
    product: str

    async def get(self, document: str, headers: Mapping[str, str] | None = None, **variables: str) -> httpx.Response:
        """Ask by the URL of a document; without an authorization unless it is given."""
        given = {"variables": json.dumps(variables or {"id": self.product})}
        return await self.center.http.get(f"/graphql/{document}", params=given, headers=PREFLIGHT | dict(headers or {}))


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(DOCUMENTS))
    return file


@pytest.fixture
async def catalogue(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, documents: Path
) -> AsyncIterator[Catalogue]:
    given = settings(services, issuer, documents="log", documents_file=str(documents), memory_bytes=1_000_000)
    async with running(given, issuer) as center:
        yield Catalogue(center, await _product(center))


async def _product(center: OrderCenter) -> str:
    query = "{ viewer { orders(first: 1) { nodes { lineItems { product { id } } } } } }"
    viewer: Json = (await center.data(query, person=SHOPPER.id))["viewer"]
    return str(viewer["orders"]["nodes"][0]["lineItems"][0]["product"]["id"])


@pytest.mark.parametrize("document", ["product", "shop"])
async def test_what_is_the_same_for_everybody_may_be_kept(catalogue: Catalogue, document: str) -> None:
    # The second time the gateway has it all in its memory.
    _, response = [await catalogue.get(document) for _ in range(2)]
    assert response.json()["data"]["product"]["id"] == catalogue.product
    assert response.headers["cache-control"] == PUBLIC
    assert response.headers["vary"] == "Accept, Accept-Encoding, Origin"
    by_text = {"query": DOCUMENTS[document], "variables": json.dumps({"id": catalogue.product})}
    other = await catalogue.center.http.get("/graphql", params=by_text, headers=PREFLIGHT)
    assert (other.content, other.headers["etag"]) == (response.content, response.headers["etag"])


async def test_nobody_keeps_what_is_somebodys_or_failed_or_was_told_to_one_client_only(catalogue: Catalogue) -> None:
    token = {"Authorization": f"Bearer {catalogue.center.token(SHOPPER.id)}"}
    for response in (
        await catalogue.get("mine"),
        await catalogue.get("mine", token),
        await catalogue.get("product", token),
        await catalogue.get("product", {"Authorization": "Bearer nonsense"}),
        await catalogue.get("node"),
        await catalogue.get("nothing"),
        await catalogue.get("product", id="prd_NEVERMADE0"),
        await catalogue.get("product", id="?"),
        await catalogue.get("product", {"GraphQL-Cost": "1"}),
        await catalogue.get("product", {"Order-Center-Debug": "degraded"}),
        await catalogue.get("product", {"Accept": "text/plain"}),
        await catalogue.get("unknown"),
        await catalogue.center.post(DOCUMENTS["product"], {"id": catalogue.product}, person=None),
        await catalogue.center.http.get("/graphql/product"),
    ):
        assert response.headers["cache-control"] == PERSONAL
        assert "etag" not in response.headers


async def test_who_has_the_answer_is_told_that_it_is_the_same(catalogue: Catalogue) -> None:
    first = await catalogue.get("product")
    tag = first.headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        response = await catalogue.get("product", {"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert (response.headers["etag"], response.headers["cache-control"]) == (tag, PUBLIC)
    for unknown in ('"other"', "", "W/"):
        response = await catalogue.get("product", {"If-None-Match": unknown})
        assert (response.status_code, response.content) == (200, first.content)
    assert (await catalogue.get("shop", {"If-None-Match": tag})).status_code == 200
    assert (await catalogue.get("mine", {"If-None-Match": "*"})).status_code == 200


async def test_a_proxy_keeps_what_is_everybodys_and_nothing_else(served: GatewayProcess, center: OrderCenter) -> None:
    product = await _product(center)
    token = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    with nginx(served.url) as url:
        async with plain.AsyncClient(base_url=url) as http:

            async def ask(document: str, headers: Mapping[str, str]) -> tuple[str, Json]:
                given = {"query": DOCUMENTS[document], "variables": json.dumps({"id": product})}
                response = await http.get("/graphql", params=given, headers=PREFLIGHT | dict(headers))
                return response.headers["x-cache"], response.json()

            (first, answer), (second, again) = [await ask("product", {}) for _ in range(2)]
            assert (first, second, answer) == ("MISS", "HIT", again)
            assert answer["data"]["product"]["id"] == product
            # Another media type is another answer.
            assert (await ask("product", {"Accept": "application/graphql-response+json"}))[0] == "MISS"
            for headers in (token, {}, token):
                found, answer = await ask("mine", headers)
                viewer = {"id": SHOPPER.id} if headers else None
                assert (found, answer["data"]) == ("MISS", {"product": {"id": product}, "viewer": viewer})
