from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.common.exchange import read_body
from services.common.problems import InvalidRequest, Problem, problem_response
from services.common.times import Clock, Time
from services.issuer.keys import PublicKey, Signer
from services.people import PEOPLE

_PERSON_LIFETIME = timedelta(hours=12)


class TokenRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a token; `ttl` in seconds."""

    sub: Annotated[str, Meta(pattern="^cus_[0-9A-Za-z]{1,40}$")]
    scope: Annotated[str, Meta(max_length=1000)] = ""
    ttl: Annotated[int, Meta(ge=1, le=7 * 24 * 3600)] = 3600


class Token(Struct, rename="camel", frozen=True):
    """A signed token."""

    token: str
    expires_at: Time


class PersonToken(Struct, rename="camel", frozen=True):
    """A demo person, ready to sign in as."""

    id: str
    name: str
    summary: str
    token: str
    expires_at: Time


class KeySet(Struct, frozen=True):
    """RFC 7517, section 5."""

    keys: list[PublicKey]


def create_issuer(signer: Signer, clock: Clock) -> Starlette:
    """Make the ASGI application."""

    def issued(subject: str, scope: str, lifetime: timedelta) -> Token:
        now = clock().replace(microsecond=0)
        return Token(signer.token(subject, scope, now, lifetime), now + lifetime)

    async def key_set(_: Request) -> Response:
        return _json(KeySet([signer.public_key]))

    async def token(request: Request) -> Response:
        try:
            asked = msgspec.json.decode(await read_body(request), type=TokenRequest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest(str(error)) from error
        return _json(issued(asked.sub, asked.scope, timedelta(seconds=asked.ttl)))

    async def people(_: Request) -> Response:
        tokens = [(person, issued(person.id, person.scope, _PERSON_LIFETIME)) for person in PEOPLE]
        return _json(
            [
                PersonToken(person.id, person.name, person.summary, each.token, each.expires_at)
                for person, each in tokens
            ]
        )

    async def health(_: Request) -> Response:
        return _json({"status": "ok", "service": "issuer"})

    return Starlette(
        routes=[
            Route("/.well-known/jwks.json", key_set),
            Route("/token", token, methods=["POST"]),
            Route("/people", people),
            Route("/health", health),
        ],
        # A web page must not get tokens by pointing its own host name at this machine.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
        exception_handlers={Problem: _problem},
    )


async def _problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return problem_response(error)


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
