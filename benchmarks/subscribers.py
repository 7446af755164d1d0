"""Many subscribers on one process: how late events come, and what one costs that waits.

``python -m benchmarks.subscribers --count 5000`` starts a gateway on one core; the services' stand-in, Redis and the
subscribers share another. Each second, as many events as ``--rate`` says are written to the stream, evenly spread, each
about the next person's order, and come to all subscribers of that person. A delivery takes from the moment at which its
event is written until its subscriber has the answer.
"""

import asyncio
import json
import os
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, cast

import click
from redis.asyncio import Redis

from benchmarks.places import OTHER_CORE, SERVER_CORE, free_port
from benchmarks.rig import proc
from benchmarks.rig.backends import StandIn, Stores
from benchmarks.rig.processes import Processes, Running
from benchmarks.servers import OURS, SERVERS, Wiring
from benchmarks.tokens import Tokens
from loaders.follower import FIELD, STREAM

QUERY = "subscription { orderUpdated { id status updatedAt } }"
CONNECTING = 50
SECONDS_UNTIL_QUIET = 3.0
SECONDS_AFTER_LAST = 2.0
# Connections that are open before memory is counted: the first ones make what all share.
WARMING = 50

_UPGRADE = (
    "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_SUBSCRIBE = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
_TEXT_FRAME = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127


class Figures(NamedTuple):
    """What came of a run.

    Attributes:
        sent: Deliveries that were due.
        late: Seconds of each delivery, in order.
        kilobytes: Resident memory of the gateway for each subscriber that waits.
        busy: Share of its core that the gateway used while events came.
    """

    sent: int
    late: list[float]
    kilobytes: float
    busy: float

    def quantile(self, share: float) -> float:
        """Return the milliseconds within which this share of the deliveries came."""
        return self.late[min(int(len(self.late) * share), len(self.late) - 1)] * 1000 if self.late else float("nan")


class Subscriber(asyncio.Protocol):
    """One connection with one subscription, at the least cost for the machine that measures.

    Args:
        token: Of whose orders.

    Attributes:
        ready: Done once the subscription is sent.
        due: When the events were written that have not come yet.
        late: After how many seconds the others came.
    """

    def __init__(self, token: str) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.due: list[float] = []
        self.late: list[float] = []
        self._token = token
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_UPGRADE.encode())

    def data_received(self, data: bytes) -> None:
        """Take what the gateway says."""
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self.ready.set_exception(RuntimeError(head.decode()))
                return
            self._is_open, self._buffer = True, rest
            init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {self._token}"}}
            self._send(json.dumps(init))
        for message in self._messages():
            if message.startswith(b'{"type":"next"'):
                self.late.append(time.perf_counter() - self.due.pop(0))
            elif message.startswith(b'{"type":"ping"'):
                self._send('{"type":"pong"}')
            elif message.startswith(b'{"type":"connection_ack"'):
                self._send(_SUBSCRIBE)
                self.ready.set_result(None)
            else:
                raise RuntimeError(message.decode())

    def close(self) -> None:
        """Leave."""
        self._transport.abort()

    def _messages(self) -> Iterator[bytes]:
        while len(self._buffer) > 1:
            size, start = self._buffer[1], 2
            if size == _TWO_BYTES:
                size, start = struct.unpack_from("!H", self._buffer, 2)[0], 4
            elif size == _EIGHT_BYTES:
                size, start = struct.unpack_from("!Q", self._buffer, 2)[0], 10
            if len(self._buffer) < start + size:
                return
            message, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
            yield message

    def _send(self, text: str) -> None:
        body = text.encode()
        # Masked by zeros, which changes nothing.
        length = bytes([0x80 | len(body)]) if len(body) < _TWO_BYTES else b"\xfe" + struct.pack("!H", len(body))
        self._transport.write(bytes([_TEXT_FRAME]) + length + bytes(4) + body)


async def _connect(gateway: Running, token: str) -> Subscriber:
    _, subscriber = await asyncio.get_running_loop().create_connection(
        lambda: Subscriber(token), "127.0.0.1", gateway.port
    )
    await subscriber.ready
    return subscriber


async def _run(
    gateway: Running, redis: Redis, tokens: Tokens, *, count: int, people: int, seconds: float, rate: int
) -> Figures:
    subscribers: list[Subscriber] = []

    async def connect(until: int) -> None:
        while len(subscribers) < until:
            numbers = range(len(subscribers), min(len(subscribers) + CONNECTING, until))
            subscribers.extend(
                await asyncio.gather(*(_connect(gateway, tokens.of(_customer(number % people))) for number in numbers))
            )
        await asyncio.sleep(SECONDS_UNTIL_QUIET)

    await connect(min(WARMING, count - 1))
    before = proc.resident_memory(gateway.pid)
    await connect(count)
    kilobytes = (proc.resident_memory(gateway.pid) - before) * 1024 / (count - min(WARMING, count - 1))
    used, began = proc.cpu_seconds(gateway.pid), time.perf_counter()
    sent, turn = 0, cycle(range(people))
    for second in range(round(seconds)):
        for place in range(rate):
            due = began + second + place / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            number = next(turn)
            waiting = subscribers[number::people]
            now = time.perf_counter()
            for one in waiting:
                one.due.append(now)
            await redis.xadd(STREAM, {FIELD: _event(number)}, maxlen=100_000, approximate=True)
            sent += len(waiting)
    busy = (proc.cpu_seconds(gateway.pid) - used) / (time.perf_counter() - began)
    await asyncio.sleep(SECONDS_AFTER_LAST)
    late = sorted(one for subscriber in subscribers for one in subscriber.late)
    for subscriber in subscribers:
        subscriber.close()
    return Figures(sent, late, kilobytes, busy)


def _customer(number: int) -> str:
    return f"cus_{number:04d}"


def _event(number: int) -> bytes:
    data = {"orderId": f"ord_{number:04d}x0001", "customerId": _customer(number)}
    return json.dumps({"specversion": "1.0", "type": "order.updated", "data": data}).encode()


@click.command()
@click.option("--count", default=5000, show_default=True, help="Subscribers, each on a connection of its own.")
@click.option("--seconds", default=60.0, show_default=True, help="For how long events come.")
@click.option("--rate", default=1, show_default=True, help="Events each second.")
@click.option("--people", default=0, help="Whose these are, in turn; 0: each somebody else's.")
def main(count: int, seconds: float, rate: int, people: int) -> None:
    """Measure how late events come to many subscribers, and what each costs while it waits."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        processes = stack.enter_context(Processes())
        standin, stores, tokens = StandIn(processes), Stores(processes), Tokens(folder / "key.pem")
        wiring = Wiring(free_port(), standin.url, stores.url(1), folder, tokens.public_key, in_memory=True)
        server = SERVERS[OURS]
        environment = server.environment(wiring) | {
            "ORDER_CENTER_MAX_CONNECTIONS": str(count),
            "ORDER_CENTER_MAX_SUBSCRIPTIONS_PER_PERSON": str(count),
        }
        gateway = processes.start(
            OURS, server.command(wiring), core=SERVER_CORE, port=wiring.port, environment=environment
        )
        figures = asyncio.run(
            _run(
                gateway,
                Redis.from_url(stores.url(1)),
                tokens,
                count=count,
                seconds=seconds,
                rate=rate,
                people=people or count,
            )
        )
    click.echo(
        f"{count:,} subscribers of {people or count:,} people, {rate:,} events each second for {seconds:.0f} s\n"
        f"delivered  {len(figures.late):,} of {figures.sent:,}\n"
        f"delivery   p50 {figures.quantile(0.5):.1f} ms, p99 {figures.quantile(0.99):.1f} ms, "
        f"greatest {figures.quantile(1):.1f} ms\n"
        f"memory     {figures.kilobytes:.1f} KB for each subscriber that waits\n"
        f"core       {figures.busy:.0%} busy while events came"
    )


if __name__ == "__main__":
    main()
