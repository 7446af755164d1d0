"""What is too much is refused without a parser where its bytes leave no doubt, and by the parser where they do."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httptools
import pytest
from starlette.types import Receive, Scope, Send

from gateway.plain import is_plain
from gateway.protocol import OVERLOADED
from tests.support.raw import SECONDS, Client
from tests.support.serving import serving

BODY = b'{"query":"{ __typename }"}'
LINES = (
    b"POST /graphql HTTP/1.1",
    b"Host: order-center",
    b"Content-Type: application/json",
    b"Content-Length: %d" % len(BODY),
    b"Authorization: Bearer abc.def-_",
    b"Connection: keep-alive",
)
PLAIN = b"\r\n".join(LINES) + b"\r\n\r\n" + BODY
GET = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: order-center\r\n\r\n"
HEALTH = b"GET /health/live HTTP/1.1\r\nHost: order-center\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\n"


def _with(*more: bytes, at: int = 1, line: bytes = LINES[0], body: bytes = BODY) -> bytes:
    """Return the plain request with more lines."""
    return b"\r\n".join((line, *LINES[1:at], *more, *LINES[at:])) + b"\r\n\r\n" + body


def _without(name: bytes, *instead: bytes) -> bytes:
    lines = [one for one in LINES if not one.startswith(name)]
    return b"\r\n".join((*lines, *instead)) + b"\r\n\r\n" + BODY


# What each gets instead, where the process is full; None: the parser refuses it as the plain one is refused.
ODD = {
    "a second length": (_with(LINES[3]), BAD),
    "another second length": (_with(b"content-length: 3"), BAD),
    "a signed length": (_without(b"Content-Length", b"Content-Length: +%d" % len(BODY)), BAD),
    "a list of lengths": (_without(b"Content-Length", b"Content-Length: %d, %d" % (len(BODY), len(BODY))), BAD),
    "a space before the colon": (_without(b"Content-Length", b"Content-Length : %d" % len(BODY)), BAD),
    "a coding and a length": (_with(b"Transfer-Encoding: chunked"), BAD),
    "bare line feeds": (PLAIN.replace(b"\r\n", b"\n"), BAD),
    "one bare line feed": (_with(b"X: y\nTransfer-Encoding: chunked"), BAD),
    "one bare carriage return": (_with(b"X: y\rZ: z"), BAD),
    "a zero byte": (_with(b"X: \x00"), BAD),
    "no name": (_with(b": x"), BAD),
    "a folded line": (_with(b"X: y", b" Z: z"), BAD),
    "chunks": (
        _without(b"Content-Length", b"Transfer-Encoding: chunked")[: -len(BODY)] + b"2\r\n{}\r\n0\r\n\r\n",
        None,
    ),
    "an expectation": (_with(b"Expect: 100-continue"), None),
    "another protocol": (_with(b"Upgrade: h2c", b"HTTP2-Settings: x"), None),
    "another method": (_with(line=b"PUT /graphql HTTP/1.1"), None),
    "a whole address": (_with(line=b"POST http://order-center/graphql HTTP/1.1"), None),
    "a path in code": (_with(line=b"POST /%67raphql HTTP/1.1"), None),
    "many lines": (_with(*[b"X: y"] * 60), None),
}


class Busy:
    """An application that has taken all it may at a time, but for health, until it is let go."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[str] = asyncio.Queue()
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/health/"):
            self.taken.put_nowait(scope["method"])
            await self.let_go.wait()
        body = b"" if scope["method"] == "HEAD" else b"ok"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _full(keep_alive: int = 5) -> AsyncIterator[tuple[int, Busy, Client]]:
    """Give the port of a server that works on the one request that it may, and that request's connection."""
    app = Busy()
    async with serving(app, max_requests=1, keep_alive=keep_alive) as port, await Client.to(port) as first:
        first.send(PLAIN)
        await asyncio.wait_for(app.taken.get(), SECONDS)
        yield port, app, first
        app.let_go.set()


@pytest.mark.parametrize("request_", [PLAIN, GET, PLAIN.replace(b"\r\nConnection: keep-alive", b"")])
async def test_a_plain_request_is_refused_and_the_next_one_on_its_connection_is_served(request_: bytes) -> None:
    assert is_plain(request_)
    async with _full() as (port, app, first), await Client.to(port) as second:
        for _ in range(3):
            second.send(request_)
            await second.takes(OVERLOADED)
        app.let_go.set()
        await first.takes(ANSWER)
        second.send(request_)
        await second.takes(ANSWER)
        assert app.taken.qsize() == 1


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_request_is_the_parsers_matter(name: str) -> None:
    request, expected = ODD[name]
    assert not is_plain(request)
    async with _full() as (port, app, first), await Client.to(port) as second:
        second.send(request)
        if expected is None:
            await second.takes(OVERLOADED)
            app.let_go.set()
            await first.takes(ANSWER)
            # Nothing of it is left that could become a part of this one.
            second.send(PLAIN)
            await second.takes(ANSWER)
        else:
            assert (await second.ended()).startswith(expected)


@pytest.mark.parametrize("last", [b"Connection: close", b"Proxy-Connection: close", b"connection: Close"])
async def test_who_wants_no_more_is_refused_and_left(last: bytes) -> None:
    request = _without(b"Connection", last)
    assert not is_plain(request)
    async with _full() as (port, _, _), await Client.to(port) as second:
        second.send(request)
        assert await second.ended() == OVERLOADED
        async with await Client.to(port) as third:
            third.send(PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"))
            assert await third.ended() == OVERLOADED


async def test_health_and_heads_are_not_refused() -> None:
    async with _full() as (port, app, _), await Client.to(port) as second, await Client.to(port) as third:
        for path in (b"/health/live", b"/%68ealth/live"):
            second.send(HEALTH.replace(b"/health/live", path))
            await second.takes(ANSWER)
        third.send(PLAIN.replace(b"POST", b"HEAD"))
        assert await asyncio.wait_for(app.taken.get(), SECONDS) == "HEAD"


@pytest.mark.parametrize("at", [1, 30, PLAIN.index(b"\r\n\r\n") + 2, len(PLAIN) - len(BODY), len(PLAIN) - 1])
async def test_what_comes_in_pieces_is_refused_once(at: int) -> None:
    async with _full() as (port, app, first), await Client.to(port) as second:
        second.send(PLAIN[:at])
        await asyncio.sleep(0.05)
        second.send(PLAIN[at:])
        await second.takes(OVERLOADED)
        # The end of one and a whole other: nothing is taken for the beginning of a request that is none.
        second.send(PLAIN[:at])
        await asyncio.sleep(0.05)
        second.send(PLAIN[at:] + PLAIN)
        await second.takes(OVERLOADED * 2)
        app.let_go.set()
        await first.takes(ANSWER)
        second.send(PLAIN)
        await second.takes(ANSWER)


async def test_a_body_that_looks_like_a_request_is_a_body() -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: order-center\r\nContent-Length: %d\r\n\r\n" % len(PLAIN)
    async with _full() as (port, app, first), await Client.to(port) as second:
        second.send(head)
        await second.takes(OVERLOADED)
        second.send(PLAIN)
        await second.silent(0.1)
        second.send(head + PLAIN)
        await second.takes(OVERLOADED)
        app.let_go.set()
        await first.takes(ANSWER)
        second.send(head + PLAIN)
        await second.takes(ANSWER)


async def test_several_requests_at_once_are_answered_one_by_one() -> None:
    async with _full() as (port, app, first), await Client.to(port) as second:
        second.send(PLAIN * 3 + HEALTH)
        await second.takes(OVERLOADED * 3 + ANSWER)
        # Behind the one that is worked on, too, and in their order.
        for _ in range(2):
            first.send(HEALTH)
            await first.silent(0.1)
        app.let_go.set()
        await first.takes(ANSWER * 3)


async def test_a_connection_whose_requests_were_refused_may_rest_as_long_as_others() -> None:
    async with _full(keep_alive=1) as (port, _, _), await Client.to(port) as second:
        loop = asyncio.get_running_loop()
        for _ in range(2):
            second.send(PLAIN)
            await second.takes(OVERLOADED)
            # Longer than a client may take to send a request.
            await second.silent(0.7)
        began = loop.time()
        assert await second.ended() == b""
        assert 0.1 < loop.time() - began < SECONDS / 2


async def test_half_a_request_after_a_refusal_has_its_deadline() -> None:
    async with _full(keep_alive=30) as (port, _, _), await Client.to(port) as second:
        second.send(PLAIN)
        await second.takes(OVERLOADED)
        second.send(PLAIN[:30])
        began = asyncio.get_running_loop().time()
        assert await second.ended() == b""
        assert 0.4 < asyncio.get_running_loop().time() - began < SECONDS / 2


class Parsed:
    """What the parser makes of bytes."""

    def __init__(self, data: bytes) -> None:
        self.messages = self.headers = 0
        self.url = b""
        self.is_kept = self.is_expecting = self.is_between = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.is_between = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, _value: bytes) -> None:
        self.headers += 1
        self.is_expecting |= name.lower() == b"expect"

    def on_message_complete(self) -> None:
        self.messages += 1
        self.is_between = True
        self.is_kept = self.parser.should_keep_alive() and not self.parser.should_upgrade()


def test_what_is_taken_for_plain_is_one_whole_request_to_the_parser_too() -> None:
    chance = random.Random(3)  # noqa: S311  no secret
    pieces = [
        *LINES,
        *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\x00", b"\x7f", b"\xff", b"0", b"1", b",", b"%", b"#", b"?"),
        *(b"Content-Length", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
        *(b"Proxy-Connection: close\r\n", b"Upgrade: websocket\r\n", b"Expect: 100-continue\r\n", b"/health/", b"_"),
    ]
    taken = 0
    for _ in range(20_000):
        changed = bytearray(chance.choice((PLAIN, GET)))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(changed) + 1)
            changed[at : at + chance.choice((0, 0, 1, 2))] = chance.choice(pieces)
        data = bytes(changed)
        if not is_plain(data):
            continue
        taken += 1
        parsed = Parsed(data)
        assert (parsed.messages, parsed.is_between, parsed.is_kept, parsed.is_expecting) == (1, True, True, False), data
        assert parsed.headers < 100
        assert not httptools.parse_url(parsed.url).path.startswith(b"/health/"), data
    # Else nothing was looked at.
    assert taken > 2000
