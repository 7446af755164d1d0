"""Who asks: bearer JWTs, checked with PyJWT against published or configured keys."""

import asyncio
import hashlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
import jwt
from jwt import PyJWK

from gateway.settings import Settings
from resolvers.context import Viewer

# An unknown key id makes the keys be read again, but no more often than this, whoever sends such ids.
SECONDS_BETWEEN_READS = 10.0
# Keys that were read longer ago are read again when one is used, since one may be published no more.
SECONDS_GOOD = 300.0
LEEWAY = 5
# A token that was checked is believed this long without another look: no longer than it lives, and not much longer than
# its key, which is looked at again no more often than this.
SECONDS_BELIEVED = 60.0
MAX_BELIEVED = 20_000

log = logging.getLogger(__name__)
_SUBJECT = re.compile(r"cus_[0-9A-Za-z]{1,40}")


class TokenError(Exception):
    """A bearer token that names nobody.

    Attributes:
        code: ``UNAUTHENTICATED`` or ``TOKEN_EXPIRED``.
    """

    def __init__(self, message: str, code: str = "UNAUTHENTICATED") -> None:
        super().__init__(message)
        self.code = code


class Keys(Protocol):
    """Where the keys come from."""

    async def find(self, kid: str | None) -> PyJWK | None:
        """Return the key with this id."""

    @property
    def ready(self) -> bool:
        """Whether there is any key to check tokens with."""

    async def close(self) -> None:
        """Give up what is done in the background."""


class PublishedKeys:
    """Keys from a JWKS document; the last good ones stay when it cannot be read.

    Args:
        http: Reads it.
        url: Where it is.
        algorithm: Of keys that fit several and do not say which they are for.
    """

    def __init__(self, http: httpx.AsyncClient, url: str, algorithm: str) -> None:
        self._http = http
        self._url = url
        self._algorithm = algorithm
        self._keys: Mapping[str, PyJWK] = {}
        self._reading = asyncio.Lock()
        self._next_read = self._good_until = 0.0
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the keys have been read."""
        return bool(self._keys)

    async def find(self, kid: str | None) -> PyJWK | None:
        """Return the key with this id, reading the keys again for one that is not known.

        One that is known is given at once, though the keys may be old and are read again for who comes later.
        """
        if kid is None:
            return None
        if kid not in self._keys:
            await self.read()
        elif self._is_due():
            self._refreshing = asyncio.create_task(self.read())
        return self._keys.get(kid)

    async def read(self) -> None:
        """Read the keys, unless they were read a moment ago."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now < self._next_read:
                return
            self._next_read = now + (SECONDS_BETWEEN_READS if self._keys else 1.0)
            try:
                response = await self._http.get(self._url)
                response.raise_for_status()
                self._keys = _keys_of(response.json(), self._algorithm)
            except Exception as error:  # noqa: BLE001  whatever is published there, the last good keys stay
                log.warning("the token keys cannot be read: %s", type(error).__name__)
                return
            self._good_until = now + SECONDS_GOOD

    async def close(self) -> None:
        """Give up what is read in the background."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})

    def _is_due(self) -> bool:
        now = asyncio.get_running_loop().time()
        is_reading = self._refreshing is not None and not self._refreshing.done()
        return now >= max(self._good_until, self._next_read) and not is_reading


class ConfiguredKey:
    """One public key from a file."""

    ready = True

    def __init__(self, path: Path, algorithm: str) -> None:
        kinds = jwt.get_algorithm_by_name(algorithm)
        key = kinds.prepare_key(path.read_bytes())
        self._key = PyJWK(kinds.to_jwk(key, as_dict=True), algorithm)

    async def find(self, kid: str | None) -> PyJWK:  # noqa: ARG002  there is only one
        """Return the key."""
        return self._key

    async def close(self) -> None:
        """There is nothing to give up."""


class Identity(NamedTuple):
    """Whom a token names.

    Attributes:
        viewer: The person.
        expires: Until when, in seconds since 1970.
    """

    viewer: Viewer
    expires: float


class Believed:
    """Whom tokens that were checked a moment ago name, by their hash: to check one costs more than to serve."""

    def __init__(self) -> None:
        self._identities: OrderedDict[bytes, tuple[Identity | None, float]] = OrderedDict()

    def find(self, token: str) -> Identity | None:
        """Return whom a token names; None where it has to be checked."""
        identity, until = self._identities.get(_digest(token), (None, 0.0))
        # The one is a date and the other a span, in which a clock that is set back must not lengthen.
        is_good = identity is not None and time.time() < identity.expires and time.monotonic() < until
        return identity if is_good else None

    def keep(self, token: str, identity: Identity) -> None:
        """Believe a token for a while, not beyond its end."""
        self._identities[_digest(token)] = (identity, time.monotonic() + SECONDS_BELIEVED)
        if len(self._identities) > MAX_BELIEVED:
            self._identities.popitem(last=False)


class Authenticator:
    """Turns an ``Authorization`` header into an identity."""

    def __init__(self, keys: Keys, settings: Settings) -> None:
        self.keys = keys
        self._algorithm = settings.jwt_algorithm
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._believed = Believed()

    async def identity(self, authorization: str) -> Identity:
        """Return whom the header names, and for how long; raises ``TokenError`` for a token that cannot be taken."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenError("The Authorization header must be 'Bearer <token>'.")
        identity = self._believed.find(token)
        if identity is None:
            claims = await self._claims(token)
            identity = Identity(_viewer(claims), float(claims["exp"]) + LEEWAY)
            self._believed.keep(token, identity)
        return identity

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            key = await self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None or key.algorithm_name != self._algorithm:
                raise TokenError("The token was signed with a key that is not known.")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[self._algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenError("The token has expired.", "TOKEN_EXPIRED") from None
        except jwt.PyJWTError:
            raise TokenError("The token cannot be accepted.") from None
        return claims


def _keys_of(document: Mapping[str, Any], algorithm: str) -> Mapping[str, PyJWK]:
    """Return a JWKS document's keys by their ids; those that cannot be used are passed over, as RFC 7517 has it."""
    keys: dict[str, PyJWK] = {}
    for data in document["keys"]:
        # PyJWT raises what Python does for members of other types.
        with suppress(Exception):
            # All other kinds of keys are for one algorithm each.
            is_open = "alg" not in data and data["kty"] == "RSA" and algorithm.startswith(("RS", "PS"))
            key = PyJWK(data, algorithm if is_open else None)
            if isinstance(key.key_id, str) and key.key_id:
                keys[key.key_id] = key
    if not keys:
        raise ValueError("there is no key")
    return keys


def _digest(token: str) -> bytes:
    # What is kept must not be good for anything to whoever sees it.
    return hashlib.blake2b(token.encode(errors="surrogatepass"), digest_size=16).digest()


def _viewer(claims: Mapping[str, object]) -> Viewer:
    subject, scope = claims["sub"], claims.get("scope", "")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject) or not isinstance(scope, str):
        raise TokenError("The token does not name a customer.")
    return Viewer(subject, frozenset(scope.split()))
