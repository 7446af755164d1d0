"""Clients that are slow, leave, or send without end; and pages of other origins."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.protocol import MAX_HEAD_BYTES, MAX_HEADERS
from services.people import SHOPPER, TROUBLED
from tests.support import plain
from tests.support.center import OrderCenter
from tests.support.gateway import GatewayProcess
from tests.support.serving import serving

BODY = json.dumps({"query": "{ __typename }"}).encode()
HEAD = b"POST /graphql HTTP/1.1\r\nHost: order-center\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"


@contextmanager
def _connection(gateway: GatewayProcess) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", gateway.port), timeout=10)) as connection:
        yield connection


def _rest(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /gra", HEAD % len(BODY), HEAD % len(BODY) + b"\r\n", HEAD % len(BODY) + b"\r\n" + BODY[:-1]],
    ids=["nothing", "half a line", "half the headers", "no body", "half a body"],
)
def test_a_request_that_does_not_arrive_in_time_is_cut(served: GatewayProcess, sent: bytes) -> None:
    with _connection(served) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        assert _rest(connection) == b""
        assert 0.9 < time.monotonic() - began < 8


def test_a_byte_now_and_then_does_not_put_the_deadline_off(served: GatewayProcess) -> None:
    with _connection(served) as connection, pytest.raises(OSError, match=r"reset|Broken pipe"):  # noqa: PT012  it is one or the other
        for byte in HEAD % len(BODY):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
        connection.recv(1)


def test_a_second_request_on_a_connection_has_the_same_deadline(served: GatewayProcess) -> None:
    request = HEAD % len(BODY) + b"\r\n" + BODY
    with _connection(served) as connection:
        connection.sendall(request)
        answer = b""
        while not answer.endswith(b"}}"):
            answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        # Between requests a connection may rest for longer.
        time.sleep(1.5)
        connection.sendall(request[:-1])
        assert _rest(connection) == b""


def test_headers_without_end_are_refused(served: GatewayProcess) -> None:
    with _connection(served) as connection:
        for part in (HEAD % len(BODY), b"X: ", *[b"x" * 8192] * (MAX_HEAD_BYTES // 8192 + 1)):
            connection.sendall(part)
            time.sleep(0.01)
        assert _rest(connection).startswith(b"HTTP/1.1 400 ")
    with _connection(served) as connection:
        connection.sendall(HEAD % len(BODY) + b"X: x\r\n" * MAX_HEADERS + b"\r\n" + BODY)
        assert _rest(connection).startswith(b"HTTP/1.1 400 ")


def test_what_one_request_sent_is_not_held_against_the_next(served: GatewayProcess) -> None:
    body = json.dumps({"query": "{ __typename }", "padding": "x" * 10 * MAX_HEAD_BYTES}).encode()
    with _connection(served) as connection:
        for _ in range(2):
            head = HEAD % len(body) + b"\r\n"
            connection.sendall(head[:30])
            time.sleep(0.1)
            connection.sendall(head[30:] + body)
            answer = b""
            while not answer.endswith(b"}}"):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("host", ["evil.example", "", "order-center/graphql?x=", "[::1", "a" * 5000])
def test_a_strange_host_changes_nothing(served: GatewayProcess, host: str) -> None:
    headers = {"Host": host, "Authorization": "Bearer forged"}
    response = plain.post(f"{served.url}/graphql", content=BODY, headers=headers)
    assert response.status_code in {400, 415}
    headers |= {"Content-Type": "application/json"}
    response = plain.post(f"{served.url}/graphql", content=BODY, headers=headers)
    assert response.status_code == 401


@pytest.mark.parametrize("path", ["/graphql/", "//graphql", "/Graphql", "/graphql%2f", "/x/../graphql"])
def test_there_is_one_way_to_the_endpoint(served: GatewayProcess, path: str) -> None:
    with _connection(served) as connection:
        head = (HEAD % len(BODY)).replace(b"/graphql", path.encode(), 1)
        connection.sendall(head + b"Connection: close\r\n\r\n" + BODY)
        assert b"__typename" not in _rest(connection)


def test_a_page_of_an_allowed_origin_may_ask_and_others_may_not(served: GatewayProcess) -> None:
    shop = "https://shop.example"
    for origin, allowed in ((shop, shop), ("https://evil.example", None), ("http://[", None)):
        preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        asked = plain.options(f"{served.url}/graphql", headers={"Origin": origin} | preflight)
        headers = {"Origin": origin, "Content-Type": "application/json"}
        answered = plain.post(f"{served.url}/graphql", content=BODY, headers=headers)
        for response in (asked, answered):
            assert response.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in response.headers
        assert (asked.status_code, answered.status_code) == (200 if allowed else 400, 200)


async def test_each_request_on_a_connection_has_its_own_token(served: GatewayProcess, center: OrderCenter) -> None:
    query = {"query": "{ viewer { id } }"}
    seen = []
    async with plain.AsyncClient(base_url=served.url, limits=httpx.Limits(max_connections=1)) as http:
        for person in (SHOPPER.id, TROUBLED.id, None, SHOPPER.id):
            headers = {} if person is None else {"Authorization": f"Bearer {center.token(person)}"}
            viewer = (await http.post("/graphql", json=query, headers=headers)).json()["data"]["viewer"]
            seen.append(viewer and viewer["id"])
        two = [("Authorization", f"Bearer {center.token(person)}") for person in (SHOPPER.id, TROUBLED.id)]
        assert (await http.post("/graphql", json=query, headers=two)).status_code == 401
    assert seen == [SHOPPER.id, TROUBLED.id, None, SHOPPER.id]


async def test_work_for_a_client_that_has_left_is_cancelled() -> None:
    begun = asyncio.Event()
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def works(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.set_result("cancelled")
            raise

    async with serving(works) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD % len(BODY) + b"\r\n" + BODY)
        await begun.wait()
        writer.close()
        assert await asyncio.wait_for(ended, 5) == "cancelled"


async def test_a_client_that_does_not_take_its_answer_is_cut() -> None:
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def pours(_scope: Scope, _receive: Receive, send: Send) -> None:
        sent = 0
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
                sent += 1
        finally:
            ended.set_result(sent)

    async with serving(pours) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(HEAD % len(BODY) + b"\r\n" + BODY)
        assert await asyncio.wait_for(ended, 10) < 100
        writer.close()
