"""Documents by their ids: registered by clients, or trusted from a manifest."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from services.people import SHOPPER
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

QUERY = "query Me { viewer { id } }"
OTHER = "{ viewer { displayName } }"
ANSWER = {"data": {"viewer": {"id": SHOPPER.id}}}
PREFLIGHT = {"GraphQL-Preflight": "1"}
Running = AbstractAsyncContextManager[OrderCenter]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": _hash(text)}}


class Gateway:
    """Starts gateways over the same services and Redis."""

    def __init__(self, services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis: RedisProcess) -> None:
        self._services = services
        self._issuer = issuer
        self._redis_url = redis.url

    def __call__(self, **changes: object) -> Running:
        given = {"redis_url": self._redis_url} | changes
        return running(settings(self._services, self._issuer, **given), self._issuer)


@pytest.fixture
def gateway(services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess) -> Gateway:
    return Gateway(services, issuer, redis_server)


async def _post(center: OrderCenter, body: Mapping[str, object], path: str = "/graphql") -> httpx.Response:
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    return await center.http.post(path, json=body, headers=headers)


def _code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


def _registered(redis: RedisProcess) -> list[str]:
    return [key for key in redis.keys() if "document" in key]  # noqa: SIM118  not a mapping


async def test_a_document_is_sent_once_and_then_known_by_its_hash_in_every_replica(
    gateway: Gateway, redis_server: RedisProcess
) -> None:
    async with gateway() as first:
        unknown = await _post(first, {"extensions": _persisted(QUERY)})
        assert unknown.status_code == 200
        assert unknown.json() == {
            "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
        }
        assert (await _post(first, {"query": QUERY, "extensions": _persisted(QUERY)})).json() == ANSWER
        assert (await _post(first, {"extensions": _persisted(QUERY)})).json() == ANSWER
    async with gateway() as second:
        parameters = {"extensions": json.dumps(_persisted(QUERY))}
        headers = PREFLIGHT | {"Authorization": f"Bearer {second.token(SHOPPER.id)}"}
        assert (await second.http.get("/graphql", params=parameters, headers=headers)).json() == ANSWER
        assert (await second.http.get(f"/graphql/{_hash(QUERY)}", headers=headers)).json() == ANSWER
    lives = redis_server.client.ttl(f"order-center:document:{_hash(QUERY)}")
    assert 604_700 < int(str(lives)) <= 604_800


async def test_a_hash_of_something_else_is_refused(gateway: Gateway, redis_server: RedisProcess) -> None:
    async with gateway() as center:
        response = await _post(center, {"query": OTHER, "extensions": _persisted(QUERY)})
        assert (response.status_code, _code(response)) == (400, "BAD_USER_INPUT")
        assert center.calls == []
    assert _registered(redis_server) == []


async def test_a_document_beside_an_id_is_refused(gateway: Gateway) -> None:
    async with gateway() as center:
        for body, path in (({"query": QUERY, "documentId": "x"}, "/graphql"), ({"query": QUERY}, "/graphql/x")):
            response = await _post(center, body, path)
            assert (response.status_code, _code(response)) == (400, "BAD_USER_INPUT")


async def test_documents_that_are_refused_are_not_kept(gateway: Gateway, redis_server: RedisProcess) -> None:
    async with gateway() as center:
        for bad in ("{ viewer {", "{ nothing }", "{ " + "__typename " * 30 + "}"):
            assert "errors" in (await _post(center, {"query": bad, "extensions": _persisted(bad)})).json()
            assert _code(await _post(center, {"extensions": _persisted(bad)})) == "PERSISTED_QUERY_NOT_FOUND"
    assert _registered(redis_server) == []


async def test_documents_of_who_is_asked_to_wait_are_not_kept(gateway: Gateway, redis_server: RedisProcess) -> None:
    async with gateway(rate_per_person=0.01, rate_burst_seconds=100) as center:
        codes = []
        for number in range(4):
            text = f"{{ a{number}: __typename }}"
            answer = (await _post(center, {"query": text, "extensions": _persisted(text)})).json()
            codes += [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == ["RATE_LIMITED"] * 3
    assert len(_registered(redis_server)) == 1


async def test_a_document_is_registered_though_its_answer_was_kept(
    gateway: Gateway, redis_server: RedisProcess
) -> None:
    text = "{ viewer { displayName } }"
    async with gateway(memory_bytes=1_000_000) as center:
        for _ in range(3):
            answer = (await _post(center, {"query": text})).json()
        assert _registered(redis_server) == []
        assert (await _post(center, {"query": text, "extensions": _persisted(text)})).json() == answer
        assert (await _post(center, {"extensions": _persisted(text)})).json() == answer
    assert len(_registered(redis_server)) == 1


async def test_what_others_wrote_into_redis_is_not_executed(gateway: Gateway, redis_server: RedisProcess) -> None:
    for value in (OTHER, b"\xff\xfe", ""):
        redis_server.client.set(f"order-center:document:{_hash(QUERY)}", value)
        async with gateway() as center:
            assert _code(await _post(center, {"extensions": _persisted(QUERY)})) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("name", ["x", "../etc", "A" * 64, "order-center:document:x\r\n", "é" * 64])
async def test_an_id_that_is_none_never_reaches_redis(gateway: Gateway, name: str) -> None:
    async with gateway() as center:
        assert _code(await _post(center, {"documentId": name})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_without_redis_a_replica_is_told_by_its_clients(gateway: Gateway) -> None:
    for url, is_cluster in ((None, False), ("redis://127.0.0.1:1", False), ("redis://127.0.0.1:1", True)):
        async with gateway(redis_url=url, redis_cluster=is_cluster, redis_timeout=0.05) as center:
            assert (await _post(center, {"query": QUERY, "extensions": _persisted(QUERY)})).json() == ANSWER
            assert (await _post(center, {"extensions": _persisted(QUERY)})).json() == ANSWER
            assert _code(await _post(center, {"extensions": _persisted(OTHER)})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_registering_can_be_off(gateway: Gateway) -> None:
    async with gateway(registered_seconds=0) as center:
        assert (await _post(center, {"query": QUERY, "extensions": _persisted(QUERY)})).json() == ANSWER
        assert _code(await _post(center, {"extensions": _persisted(QUERY)})) == "PERSISTED_QUERY_NOT_FOUND"


RELAY = {"relay-1": QUERY}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": "apollo-1", "name": "Me", "type": "query", "body": QUERY}],
}


@pytest.mark.parametrize(("manifest", "name"), [(RELAY, "relay-1"), (APOLLO, "apollo-1")])
async def test_only_documents_of_the_manifest_are_executed(
    gateway: Gateway, tmp_path: Path, manifest: object, name: str
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(manifest))
    async with gateway(documents="only", documents_file=str(file)) as center:
        for body, path in (
            ({"documentId": name}, "/graphql"),
            ({}, f"/graphql/{name}"),
            ({"query": QUERY}, "/graphql"),
        ):
            assert (await _post(center, body, path)).json() == ANSWER
        center.calls.clear()
        assert _code(await _post(center, {"query": OTHER})) == "PERSISTED_QUERY_REQUIRED"
        registering = {"query": OTHER, "extensions": _persisted(OTHER)}
        assert _code(await _post(center, registering)) == "PERSISTED_QUERY_REQUIRED"
        assert _code(await _post(center, {"documentId": "another"})) == "PERSISTED_QUERY_NOT_FOUND"
        assert center.calls == []


async def test_documents_registered_before_are_refused_once_only_the_manifest_counts(
    gateway: Gateway, tmp_path: Path
) -> None:
    async with gateway() as center:
        await _post(center, {"query": OTHER, "extensions": _persisted(OTHER)})
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(RELAY))
    async with gateway(documents="only", documents_file=str(file)) as center:
        assert _code(await _post(center, {"extensions": _persisted(OTHER)})) == "PERSISTED_QUERY_REQUIRED"


async def test_other_documents_can_be_executed_and_logged_once_each(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(RELAY))
    async with gateway(documents="log", documents_file=str(file)) as center:
        for query in (QUERY, OTHER, OTHER):
            assert "errors" not in (await _post(center, {"query": query})).json()
    logged = [record.__dict__["document"] for record in caplog.records if "document" in record.__dict__]
    assert logged == [_hash(OTHER)]


def _add(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["documents", "add", *map(str, arguments)])


def test_the_command_collects_documents_and_refuses_those_that_the_schema_refuses(tmp_path: Path) -> None:
    to = tmp_path / "documents.json"
    (tmp_path / "relay.json").write_text(json.dumps(RELAY))
    (tmp_path / "apollo.json").write_text(json.dumps(APOLLO))
    (tmp_path / "other.graphql").write_text(OTHER)
    files = [tmp_path / name for name in ("relay.json", "apollo.json", "other.graphql")]
    assert _add(*files, "--to", to).stdout == f"{to} has 3 documents, 3 of them new\n"
    assert _add(files[0], "--to", to).stdout == f"{to} has 3 documents, 0 of them new\n"
    expected = {"relay-1": QUERY, "apollo-1": QUERY, _hash(OTHER): OTHER}
    assert json.loads(to.read_text()) == expected
    for name, content, words in (
        ("changed.json", json.dumps({"relay-1": OTHER}), "another document already"),
        ("wrong.graphql", "{ nothing }", "Cannot query field 'nothing'"),
        ("broken.graphql", "{", "Syntax Error"),
        ("none.json", "[1]", "is no manifest"),
    ):
        (tmp_path / name).write_text(content)
        refused = _add(tmp_path / name, "--to", to)
        assert refused.exit_code == 1
        assert words in refused.output
    assert json.loads(to.read_text()) == expected
