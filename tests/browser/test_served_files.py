from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.graphiql import graphiql_page, is_built, routes


def _client(dist: Path) -> httpx.AsyncClient:
    def page(_: Request) -> Response:
        return graphiql_page(dist)

    app = Starlette(routes=[Route("/graphql", page), *routes(dist)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-1a2b3c.js").write_text("export {};")
    (tmp_path / "index.html").write_text("<title>Order Center</title>")
    (tmp_path / ".sources").write_text("not for browsers")
    return tmp_path


async def test_the_page_may_load_nothing_from_elsewhere_and_is_never_cached(dist: Path) -> None:
    async with _client(dist) as client:
        response = await client.get("/graphql")

    assert is_built(dist)
    assert response.text == "<title>Order Center</title>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; "
        "worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:"
    )
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_a_hashed_file_is_immutable(dist: Path) -> None:
    async with _client(dist) as client:
        response = await client.get("/graphiql/assets/index-1a2b3c.js")

    assert response.text == "export {};"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["gone.js", "../index.html", "%2e%2e/.sources", ""])
async def test_nothing_but_the_assets_is_served(dist: Path, path: str) -> None:
    async with _client(dist) as client:
        response = await client.get(f"/graphiql/assets/{path}")

    assert response.status_code == 404
    assert "immutable" not in response.headers.get("cache-control", "")


async def test_without_a_build_strawberrys_page_answers_and_stores_no_headers(tmp_path: Path) -> None:
    async with _client(tmp_path) as client:
        page = await client.get("/graphql")
        asset = await client.get("/graphiql/assets/index-1a2b3c.js")

    assert not is_built(tmp_path)
    assert "<title>Strawberry GraphiQL</title>" in page.text
    assert "shouldPersistHeaders: false" in page.text
    assert "script-src https: 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert asset.status_code == 404
