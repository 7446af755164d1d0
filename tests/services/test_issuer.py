import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from services.people import PEOPLE
from tests.support import plain
from tests.support.services import ServiceProcess, free_port


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer-data")


@pytest.fixture(scope="module")
def own_issuer(folder: Path) -> Iterator[ServiceProcess]:
    with ServiceProcess("issuer", folder) as process:
        yield process


@pytest.fixture
def http(own_issuer: ServiceProcess) -> Iterator[httpx.Client]:
    with plain.Client(base_url=own_issuer.url) as client:
        yield client


def claims(http: httpx.Client, token: str) -> dict[str, object]:
    keys = jwt.PyJWKSet.from_dict(http.get("/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["ES256"], audience="order-center", options={"require": ["exp", "iat"]})


def test_the_key_is_published_without_its_secret(http: httpx.Client) -> None:
    (key,) = http.get("/.well-known/jwks.json").json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


def test_a_token_says_who_for_whom_and_how_long(http: httpx.Client) -> None:
    before = int(time.time())
    body = {"sub": "cus_1", "scope": "orders:read:any x", "ttl": 60}
    answer = http.post("/token", json=body).json()
    found = claims(http, answer["token"])
    issued_at, expires_at = found.pop("iat"), found.pop("exp")
    assert found == {
        "iss": "http://127.0.0.1/order-center-dev",
        "aud": "order-center",
        "sub": "cus_1",
        "scope": "orders:read:any x",
    }
    assert isinstance(issued_at, int)
    assert before <= issued_at <= before + 5
    assert expires_at == issued_at + 60
    assert answer["expiresAt"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(issued_at + 60))


def test_a_token_lasts_an_hour_and_has_no_scope_unless_asked(http: httpx.Client) -> None:
    found = claims(http, http.post("/token", json={"sub": "cus_1"}).json()["token"])
    assert isinstance(found["iat"], int)
    assert (found["exp"], found["scope"]) == (found["iat"] + 3600, "")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sub": ""},
        {"sub": "ada"},
        {"sub": "cus_1", "ttl": 0},
        {"sub": "cus_1", "ttl": 604801},
        {"sub": "cus_1", "x": 1},
    ],
)
def test_other_requests_for_tokens_are_refused(http: httpx.Client, body: dict[str, object]) -> None:
    answer = http.post("/token", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


def test_the_demo_people_have_tokens_for_twelve_hours(http: httpx.Client) -> None:
    people = http.get("/people").json()
    assert [(each["id"], each["name"], each["summary"]) for each in people] == [
        (person.id, person.name, person.summary) for person in PEOPLE
    ]
    for each, person in zip(people, PEOPLE, strict=True):
        found = claims(http, each["token"])
        assert isinstance(found["iat"], int)
        assert (found["sub"], found["scope"], found["exp"]) == (person.id, person.scope, found["iat"] + 12 * 3600)


def test_another_host_name_is_refused(http: httpx.Client) -> None:
    assert http.get("/people", headers={"Host": "evil.example"}).status_code == 400


def test_the_key_stays_and_only_its_owner_can_read_it(folder: Path, own_issuer: ServiceProcess) -> None:
    key = folder / "issuer-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    content = key.read_bytes()
    with ServiceProcess("issuer", folder):
        assert key.read_bytes() == content
    assert "DEVELOPMENT ONLY" in own_issuer.output


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104 - to see it refused
def test_any_host_but_loopback_is_refused(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "services.issuer", "--data", str(tmp_path), "--port", str(free_port())]
    ended = subprocess.run([*command, "--host", host], capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"issuer: {host} is not a loopback address")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough
