"""Rules about requests: tokens, bodies, deadlines, and what everybody may read."""

import time
from collections.abc import Mapping

import httpx

from services.contract.client import Client, Json
from services.contract.endpoints import Contract

_BODY_LIMIT = 1024 * 1024
# A caller gives up soon after its deadline; an answer later than this is of no use to anybody.
_DEADLINE_SLACK_SECONDS = 1.0


def check_open_reads(client: Client, service: str, contract: Contract) -> None:
    """/health and /openapi.json need no token, and the document names every endpoint."""
    health = client.http.get("/health")
    client.expect(health.status_code == httpx.codes.OK, "/health", "answers 200 without a token")
    expected = {"status": "ok", "service": service}
    if health.status_code == httpx.codes.OK:
        client.expect(health.json() == expected, "/health", f"answers {expected}")
    document = client.http.get("/openapi.json")
    client.expect(document.status_code == httpx.codes.OK, "/openapi.json", "answers 200 without a token")
    if document.status_code == httpx.codes.OK:
        described: Json = document.json()
        client.expect(str(described.get("openapi", "")).startswith("3.1"), "/openapi.json", "is OpenAPI 3.1")
        for path in contract.paths:
            client.expect(path in described.get("paths", {}), path, "is in /openapi.json")


def check_refusals(client: Client, path: str) -> None:
    """What is no proper read is refused with problem details."""
    check_forms(client, path, {"keys": ["x"]}, {})
    many = [f"x{number}" for number in range(501)]
    for keys, rule in (([], "an empty list of keys"), ([1], "a key of another type"), (many, "501 keys")):
        answer = client.http.post(path, json={"keys": keys}, headers=client.authorization)
        client.problem(answer, 400, "INVALID_REQUEST", rule)
    answer = client.http.post("/v1/nothing:here", json={"keys": ["x"]}, headers=client.authorization)
    client.problem(answer, 404, "NOT_FOUND", "an unknown path")


def check_forms(client: Client, path: str, body: Mapping[str, object], more: Mapping[str, str]) -> None:
    """What does not have the form of a request is refused with problem details.

    Args:
        client: Asks the service.
        path: Where.
        body: A proper one.
        more: Headers that it needs beside the token.
    """
    send = client.http.post
    client.problem(send(path, json=body, headers=more), 401, "UNAUTHENTICATED", "no token")
    token = {**client.authorization, **more}
    wrong = token | {"Authorization": token["Authorization"] + "x"}
    client.problem(send(path, json=body, headers=wrong), 401, "UNAUTHENTICATED", "a wrong token")
    as_json = token | {"Content-Type": "application/json"}
    for content, rule in (
        (b"{", "a body that is no JSON"),
        (b'{"keys": ["\xff"]}', "a body that is not UTF-8"),
        (b"[" * 100_000, "a deeply nested body"),
        (b"null", "a body that is no object"),
        (b"{}", "nothing of what is needed"),
    ):
        client.problem(send(path, content=content, headers=as_json), 400, "INVALID_REQUEST", rule)
    surprising = {**body, "surprise": 1}
    client.problem(send(path, json=surprising, headers=token), 400, "INVALID_REQUEST", "an unknown field")
    as_text = token | {"Content-Type": "text/plain"}
    client.problem(send(path, content=b"{}", headers=as_text), 415, "UNSUPPORTED_MEDIA_TYPE", "text/plain")
    large = b" " * (_BODY_LIMIT + 1)
    client.problem(send(path, content=large, headers=as_json), 413, "TOO_LARGE", "a body over 1 MiB")
    client.problem(client.http.get(path, headers=token), 405, "METHOD_NOT_ALLOWED", "GET")


def check_deadline(client: Client, path: str, body: Mapping[str, object], more: Mapping[str, str]) -> None:
    """A short deadline is kept, by an answer or by 504; a deadline that is none is refused."""
    headers = {**client.authorization, **more, "X-Request-Timeout-Ms": "1"}
    started = time.monotonic()
    answer = client.http.post(path, json=body, headers=headers)
    took = time.monotonic() - started
    client.expect(took < _DEADLINE_SLACK_SECONDS, path, "a deadline of 1 ms is kept")
    if answer.status_code not in {httpx.codes.OK, httpx.codes.NOT_FOUND}:
        client.problem(answer, 504, "DEADLINE_EXCEEDED", "a deadline of 1 ms that cannot be kept")
    for text in ("0", "60001", "-1", "1.5", "soon"):
        answer = client.http.post(path, json=body, headers=headers | {"X-Request-Timeout-Ms": text})
        client.problem(answer, 400, "INVALID_REQUEST", f"X-Request-Timeout-Ms: {text}")
