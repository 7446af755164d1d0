"""A Redis that is slow, frozen, killed, full or read-only costs its time-out at most, and never a wrong value."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis

from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.services import free_port
from tests.support.things import Fact, Things

SECONDS = 0.05
A = Fact(id="a", value=0)


@asynccontextmanager
async def replica(things: Things, server: RedisProcess, memory_bytes: int = 1_000_000) -> AsyncIterator[Replica]:
    async with (
        Redis.from_url(server.url) as redis,
        Replica(things, redis, memory_bytes=memory_bytes, seconds=SECONDS) as one,
    ):
        yield one


async def _timed_load(one: Replica, key: str) -> float:
    """Load a fact; return how long the loop's clock says that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await one.request().fact.load(key) == Fact(id=key, value=0)
    return loop.time() - began


async def _up(one: Replica) -> None:
    assert one.cache.store is not None
    async with asyncio.timeout(10):
        while not one.cache.store.is_up:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.02)


async def test_a_redis_that_is_absent_at_start_is_used_once_it_is_there(own_redis: RedisProcess) -> None:
    things = Things()
    own_redis.kill()
    async with replica(things, own_redis) as one:
        assert await one.request().fact.load("a") == A
        own_redis.start()
        await _up(one)
        await one.request().fact.load("a")
        await one.filled()
        assert await one.request().fact.load("a") == A
        assert things.calls == [["a"], ["a"]]
        assert own_redis.kept() == ["oc3:v:{a}:fact:a"]


async def _is_loading(server: RedisProcess) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    except OSError:
        return False
    writer.write(b"PING\r\n")
    reply = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return reply.startswith(b"-LOADING")


async def test_a_redis_that_is_still_loading_is_a_miss_until_it_has_loaded(tmp_path: Path) -> None:
    slowly = ("--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024")
    server = RedisProcess("--dir", str(tmp_path), *slowly).start()
    try:
        for number in range(40):
            server.client.set(f"others:{number}", os.urandom(2048))
        server.client.save()
        server.kill()
        server.spawn()
        things = Things()
        loading = 0
        async with replica(things, server) as one:
            while (store := one.cache.store) is None or not store.is_up:
                loading += await _is_loading(server)
                assert await one.request().fact.load("a") == A
                await asyncio.sleep(0.02)
            # It was there all the time, and said that it was loading.
            assert loading > 3
            assert things.calls == [["a"]] * len(things.calls)
            await one.request().fact.load("a")
            await one.filled()
            calls = len(things.calls)
            assert await one.request().fact.load("a") == A
            assert len(things.calls) == calls
    finally:
        server.client.close()
        server.kill()


async def test_a_frozen_redis_costs_its_time_out_once_and_empties_the_memory(own_redis: RedisProcess) -> None:
    things = Things()
    async with replica(things, own_redis) as one:
        for _ in range(2):
            await one.request().fact.load("a")
            await one.filled()
        assert one.cache.memory is not None
        assert len(one.cache.memory) == 1
        os.kill(own_redis.pid, signal.SIGSTOP)
        first = await _timed_load(one, "b")
        assert len(one.cache.memory) == 0
        assert one.cache.store is not None
        assert not one.cache.store.is_up
        # Skipped without asking: nothing is sent, so nothing can be waited for.
        await _timed_load(one, "c")
        assert things.calls == [["a"], ["b"], ["c"]]
        assert first >= SECONDS * 0.5
        own_redis.resume()
        await _up(one)
        await one.request().fact.load("a")
        assert things.calls == [["a"], ["b"], ["c"]]


async def test_a_frozen_redis_that_nobody_asks_is_noticed_by_its_pulse(own_redis: RedisProcess) -> None:
    things = Things()
    async with replica(things, own_redis) as one:
        for _ in range(2):
            await one.request().fact.load("a")
            await one.filled()
        os.kill(own_redis.pid, signal.SIGSTOP)
        assert one.cache.memory is not None
        async with asyncio.timeout(2):
            while len(one.cache.memory):  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.02)


async def test_a_redis_killed_in_the_middle_of_answers_never_gives_a_wrong_value(own_redis: RedisProcess) -> None:
    things = Things()
    keys = [f"k{number}" for number in range(300)]
    async with replica(things, own_redis, memory_bytes=0) as one:
        await one.request().fact.load_all(keys)
        await one.filled()
        for _ in range(3):
            loads = [asyncio.ensure_future(one.request().fact.load_all(keys[start:])) for start in range(0, 300, 30)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            loads[3].cancel()
            own_redis.kill()
            answers = await asyncio.gather(*loads, return_exceptions=True)
            for start, answer in zip(range(0, 300, 30), answers, strict=True):
                if start == 90:
                    assert isinstance(answer, asyncio.CancelledError)
                else:
                    assert answer == [Fact(id=key, value=0) for key in keys[start:]]
            own_redis.start()
            await _up(one)
            assert await one.request().fact.load_all(keys) == [Fact(id=key, value=0) for key in keys]
            await one.filled()


async def _kept_or_not(own_redis: RedisProcess, *command: str) -> tuple[list[list[str]], list[str]]:
    """Load a fact twice after a command to Redis; return the calls that it took and what is kept."""
    things = Things()
    async with replica(things, own_redis, memory_bytes=0) as one:
        own_redis.command(*command)
        for _ in range(2):
            assert await one.request().fact.load("a") == A
            await one.filled()
    return things.calls, own_redis.kept()


async def test_a_full_redis_is_a_miss(own_redis: RedisProcess) -> None:
    calls, kept = await _kept_or_not(own_redis, "CONFIG", "SET", "maxmemory", "1")
    assert calls == [["a"], ["a"]]
    assert kept == []


async def test_a_redis_that_became_read_only_is_a_miss(own_redis: RedisProcess) -> None:
    calls, kept = await _kept_or_not(own_redis, "REPLICAOF", "127.0.0.1", str(free_port()))
    assert calls == [["a"], ["a"]]
    assert kept == []


async def test_a_redis_that_lost_its_primary_is_a_miss(own_redis: RedisProcess) -> None:
    own_redis.client.config_set("replica-serve-stale-data", "no")
    things = Things()
    async with replica(things, own_redis, memory_bytes=0) as one:
        own_redis.client.replicaof("127.0.0.1", str(free_port()))
        assert await one.request().fact.load("a") == A
        assert things.calls == [["a"]]


async def test_a_redis_that_forgot_its_scripts_is_taught_them_again(own_redis: RedisProcess) -> None:
    things = Things()
    async with replica(things, own_redis, memory_bytes=0) as one:
        own_redis.client.script_flush()
        await one.request().fact.load("a")
        await one.filled()
        await asyncio.sleep(0.1)
        await _up(one)
        await one.request().fact.load("b")
        await one.filled()
        assert own_redis.kept() == ["oc3:v:{b}:fact:b"]


async def _chatter(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def test_what_is_no_redis_at_all_is_a_miss() -> None:
    things = Things()
    server = await asyncio.start_server(_chatter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Redis(port=port) as redis, Replica(things, redis, seconds=SECONDS) as one:
        assert await one.request().fact.load("a") == A
        assert things.calls == [["a"]]


class Drip:
    """A way to Redis that lets one byte pass in 10 ms, from the first MGET on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_slow = False
        self._connections: set[asyncio.Task[None]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass(reader, writer))
        self._connections.add(task)

    async def close(self) -> None:
        """Wait until all connections are closed."""
        await asyncio.wait(self._connections, timeout=5)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", self._port)
        ways = [
            asyncio.ensure_future(self._up(reader, to_redis)),
            asyncio.ensure_future(self._down(from_redis, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for one in (to_redis, writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self._is_slow = self._is_slow or b"\r\nMGET\r\n" in data
            writer.write(data)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 if self._is_slow else 65536):
            writer.write(data)
            await asyncio.sleep(0.01 if self._is_slow else 0)


async def test_a_reply_that_drips_is_late_by_its_last_byte_not_by_its_first(own_redis: RedisProcess) -> None:
    things = Things()
    drip = Drip(own_redis.port)
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Redis(port=port) as redis, Replica(things, redis, seconds=0.2) as one:
        assert one.cache.store is not None
        assert one.cache.store.is_up
        keys = [f"k{number}" for number in range(50)]
        async with asyncio.timeout(2):
            assert await one.request().fact.load_all(keys) == [Fact(id=key, value=0) for key in keys]
        assert things.calls == [keys]
        assert not one.cache.store.is_up
    server.close()
    await drip.close()
