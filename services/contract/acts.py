"""Rules about commands, asked of things that do not exist, so that nothing is changed anywhere."""

import secrets

import httpx

from services.contract.client import Client, Json
from services.contract.endpoints import Act
from services.contract.requests import check_deadline, check_forms

_NO_KEYS = ("", "a b", "a" * 65, "a/b")


def check_act(client: Client, act: Act) -> None:
    """A command has the form that it must have, is decided by its owner and key, and is answered once."""
    body = _body(act)
    check_forms(client, act.path, body, _key())
    check_deadline(client, act.path, _body(act), _key())
    for text in _NO_KEYS:
        answer = client.http.post(act.path, json=body, headers=client.authorization | {"Idempotency-Key": text})
        client.problem(answer, 400, "INVALID_REQUEST", "an Idempotency-Key of another form")
    answer = client.http.post(act.path, json=body, headers=client.authorization)
    client.problem(answer, 400, "INVALID_REQUEST", "no Idempotency-Key")
    _check_key(client, act)


def _check_key(client: Client, act: Act) -> None:
    def ask(body: Json) -> httpx.Response:
        return client.http.post(act.path, json=body, headers=client.authorization | key)

    key, body = _key(), _body(act)
    first = ask(body)
    client.problem(first, 404, "NOT_FOUND", "something that does not exist")
    second = ask(dict(reversed(body.items())))
    same = (first.status_code, first.content) == (second.status_code, second.content)
    client.expect(same, act.path, "the same request under the same key has the same answer")
    for name, value in act.body.items():
        if isinstance(value, str) and "_" in value:
            other = ask(body | {name: f"{value}1"})
            client.problem(other, 422, "IDEMPOTENCY_KEY_REUSED", "another request under the same key")
    client.problem(ask(_body(act)), 404, "NOT_FOUND", "another customer's request under the same key")


def _key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


def _body(act: Act) -> Json:
    return {"customerId": f"cus_{secrets.token_hex(10)}", **act.body}
