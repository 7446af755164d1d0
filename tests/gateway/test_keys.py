"""Published keys: whose they are trusted to be, for how long, and what is made of those that are odd or absent."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.admission.auth import SECONDS_BETWEEN_READS, SECONDS_GOOD, Authenticator, PublishedKeys, TokenError
from gateway.settings import Settings
from resolvers.context import Viewer
from services.people import SHOPPER, STAFF
from tests.support import plain
from tests.support.center import Json, OrderCenter, settings
from tests.support.services import ServiceProcess
from tests.support.waiting import until

ISSUER = "http://127.0.0.1/order-center-dev"


def _claims(**changes: object) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": "order-center", "sub": SHOPPER.id, "exp": time.time() + 60} | changes


class KeyServer:
    """Serves the real issuer's keys, and can be told to fail."""

    def __init__(self, url: str) -> None:
        self.keys = plain.get(url).content
        self.asked = 0
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await self.gate.wait()
        return httpx.Response(500) if self.fails else httpx.Response(200, content=self.keys, request=request)


@pytest.fixture
async def published(given: Settings) -> AsyncIterator[tuple[KeyServer, PublishedKeys]]:
    assert given.jwt_jwks_url
    server = KeyServer(given.jwt_jwks_url)
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as http:
        yield server, PublishedKeys(http, "http://keys.example/jwks.json", "ES256")


async def test_published_keys_are_read_once_and_unknown_key_ids_do_not_flood_the_server(
    published: tuple[KeyServer, PublishedKeys], given: Settings, center: OrderCenter
) -> None:
    server, keys = published
    authenticator = Authenticator(keys, given)
    assert not keys.ready
    good = f"Bearer {center.token(STAFF.id, STAFF.scope)}"
    for _ in range(3):
        assert (await authenticator.identity(good)).viewer == Viewer(STAFF.id, frozenset({STAFF.scope}))
    assert (server.asked, keys.ready) == (1, True)
    stranger = ec.generate_private_key(ec.SECP256R1())
    for number in range(50):
        token = jwt.encode(_claims(), stranger, "ES256", headers={"kid": f"unknown-{number}"})
        with pytest.raises(TokenError):
            await authenticator.identity(f"Bearer {token}")
    assert server.asked == 1


async def test_the_last_good_keys_check_tokens_that_were_never_seen_while_their_server_is_down(
    published: tuple[KeyServer, PublishedKeys],
    given: Settings,
    center: OrderCenter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, keys = published
    authenticator = Authenticator(keys, given)
    assert await authenticator.identity(f"Bearer {center.token(STAFF.id, STAFF.scope)}")
    server.fails = True
    # Long enough for the server to be asked again, which an unknown key id brings about.
    monkeypatch.setattr("gateway.admission.auth.SECONDS_BETWEEN_READS", 0.0)
    keys._next_read = 0.0  # noqa: SLF001  ten seconds later
    stranger = jwt.encode(_claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "unknown"})
    for asked in (2, 3):
        with pytest.raises(TokenError):
            await authenticator.identity(f"Bearer {stranger}")
        assert (server.asked, keys.ready) == (asked, True)
    # Another person's token, so that it is the key that is remembered and not the token.
    found = await authenticator.identity(f"Bearer {center.token(SHOPPER.id)}")
    assert found.viewer == Viewer(SHOPPER.id)
    assert server.asked == 3


def _published(kid: object, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, **changes: object) -> Json:
    name = "ES256" if isinstance(private, ec.EllipticCurvePrivateKey) else "RS256"
    key = jwt.get_algorithm_by_name(name).to_jwk(private.public_key(), as_dict=True)
    return dict(key) | {"kid": kid, "alg": name} | changes


def _published_all(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


async def test_a_key_that_is_published_no_more_is_trusted_for_minutes_and_not_for_ever(
    published: tuple[KeyServer, PublishedKeys], given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, keys = published
    stays, leaves = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    server.keys = _published_all(_published("stays", stays), _published("leaves", leaves))
    authenticator = Authenticator(keys, given)
    tokens = (jwt.encode(_claims(exp=time.time() + 60 + one), leaves, "ES256", {"kid": "leaves"}) for one in range(9))

    async def ask() -> None:
        # Another token each time, so that it is the key that is looked at.
        assert (await authenticator.identity(f"Bearer {next(tokens)}")).viewer == Viewer(SHOPPER.id)

    def is_read() -> bool:
        return keys._refreshing is not None and keys._refreshing.done()  # noqa: SLF001  nobody else tells

    loop = asyncio.get_running_loop()
    clock = loop.time
    passed = 0.0
    monkeypatch.setattr(loop, "time", lambda: clock() + passed)
    await ask()
    server.keys = _published_all(_published("stays", stays))
    passed = SECONDS_GOOD - 0.1
    await ask()
    assert server.asked == 1
    # Nobody who has a good key waits for the server; it is asked once, and, when it fails, again after a while.
    passed = SECONDS_GOOD + 0.1
    server.fails = True
    server.gate.clear()
    for _ in range(3):
        await ask()
    server.gate.set()
    await until(is_read)
    await ask()
    assert is_read()
    assert server.asked == 2
    server.fails = False
    passed += SECONDS_BETWEEN_READS
    await ask()
    await until(is_read)
    assert server.asked == 3
    with pytest.raises(TokenError):
        await ask()
    kept = jwt.encode(_claims(), stays, "ES256", {"kid": "stays"})
    assert (await authenticator.identity(f"Bearer {kept}")).viewer == Viewer(SHOPPER.id)


async def test_what_is_read_in_the_background_is_given_up_in_the_end(
    published: tuple[KeyServer, PublishedKeys], center: OrderCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, keys = published
    monkeypatch.setattr("gateway.admission.auth.SECONDS_GOOD", 0.0)
    monkeypatch.setattr("gateway.admission.auth.SECONDS_BETWEEN_READS", 0.0)
    kid = jwt.get_unverified_header(center.token(SHOPPER.id))["kid"]
    assert await keys.find(kid) is not None
    await keys.close()
    keys._next_read = 0.0  # noqa: SLF001  the first read is followed by none for a second
    server.gate.clear()
    assert await keys.find(kid) is not None
    await until(lambda: server.asked == 2)
    await keys.close()
    assert await keys.find(kid) is not None


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b"null",
        b"{",
        b'{"keys": null}',
        b'{"keys": []}',
        b'{"keys": [1]}',
        b'{"keys": [{"kty": "EC", "kid": "a", "alg": ["ES256"]}]}',
        b'{"keys": ' + b"[" * 100_000,
    ],
)
async def test_what_is_no_set_of_keys_leaves_the_last_good_ones_and_is_401(
    published: tuple[KeyServer, PublishedKeys], given: Settings, center: OrderCenter, document: bytes
) -> None:
    server, keys = published
    authenticator = Authenticator(keys, given)
    good, server.keys = server.keys, document
    for body, asked in ((document, 1), (good, 2), (document, 3)):
        server.keys = body
        keys._next_read = 0.0  # noqa: SLF001  a while later
        stranger = jwt.encode(_claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "unknown"})
        with pytest.raises(TokenError) as refused:
            await authenticator.identity(f"Bearer {stranger}")
        assert (refused.value.code, server.asked, keys.ready) == ("UNAUTHENTICATED", asked, asked > 1)
    found = await authenticator.identity(f"Bearer {center.token(SHOPPER.id)}")
    assert found.viewer == Viewer(SHOPPER.id)


async def test_an_odd_key_does_not_take_the_good_ones_with_it(
    published: tuple[KeyServer, PublishedKeys], given: Settings, signer: ec.EllipticCurvePrivateKey
) -> None:
    server, keys = published
    odd = [1, _published(["x"], signer), _published("y", signer, alg=["ES256"]), {"kid": "z"}, _published(None, signer)]
    server.keys = _published_all(*odd, _published("good", signer))
    token = jwt.encode(_claims(), signer, "ES256", {"kid": "good"})
    assert (await Authenticator(keys, given).identity(f"Bearer {token}")).viewer == Viewer(SHOPPER.id)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256"])
async def test_a_key_that_does_not_say_its_algorithm_is_for_the_configured_one_if_it_fits(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, algorithm: str
) -> None:
    given = settings(services, issuer, jwt_algorithm=algorithm)
    assert given.jwt_jwks_url
    server = KeyServer(given.jwt_jwks_url)
    private, curve = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    open_, other, elliptic = _published("open", private), _published("other", private), _published("ec", curve)
    del open_["alg"], elliptic["alg"]
    server.keys = _published_all(open_, other | {"alg": "PS512"}, elliptic)
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as http:
        authenticator = Authenticator(PublishedKeys(http, "http://keys.example/jwks.json", algorithm), given)
        token = jwt.encode(_claims(), private, algorithm, {"kid": "open"})
        assert (await authenticator.identity(f"Bearer {token}")).viewer == Viewer(SHOPPER.id)
        for refused in (
            jwt.encode(_claims(), private, algorithm, {"kid": "other"}),
            jwt.encode(_claims(), private, "PS512", {"kid": "other"}),
            jwt.encode(_claims(), curve, "ES256", {"kid": "ec"}),
        ):
            with pytest.raises(TokenError):
                await authenticator.identity(f"Bearer {refused}")


async def test_without_a_key_server_nobody_is_believed_and_the_gateway_is_not_ready(
    published: tuple[KeyServer, PublishedKeys], given: Settings, center: OrderCenter
) -> None:
    server, keys = published
    server.fails = True
    with pytest.raises(TokenError):
        await Authenticator(keys, given).identity(f"Bearer {center.token(SHOPPER.id)}")
    assert not keys.ready
