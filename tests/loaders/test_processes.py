"""Two processes: a change through one is seen by the next query through the other, every time."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process

from redis.asyncio import Redis

from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.things import Things

# More of them by hand: CHANGES=10000 make test ARGS="tests/loaders/test_processes.py"
CHANGES = int(os.environ.get("CHANGES", "300"))


async def _ask(peer: Process, line: str) -> tuple[str, int]:
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(f"{line}\n".encode())
    answer, _, remembered = (await peer.stdout.readline()).decode().strip().partition(" ")
    return answer, int(remembered)


async def test_a_change_through_one_is_seen_by_the_next_query_through_the_other(redis_server: RedisProcess) -> None:
    things = Things()
    command = [sys.executable, "-m", "tests.support.peer", redis_server.url]
    peer = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    async with Redis.from_url(redis_server.url) as redis, Replica(things, redis) as one:
        wrong = 0
        for _ in range(CHANGES // 2):
            value = things.change("a")
            await one.invalidate("fact:a")
            seen, _ = await _ask(peer, f"load {value}")
            wrong += seen != str(value)
            # Again, so that the peer has it in its memory when it changes next.
            await _ask(peer, f"load {value}")
            await _ask(peer, f"load {value}")
            value = things.change("a")
            await _ask(peer, "invalidate")
            for _ in range(3):
                fact = await one.request().fact.load("a")
                assert fact is not None
                wrong += fact.value != value
            await one.filled()
        _, remembered = await _ask(peer, f"load {value}")
    assert wrong == 0
    # Otherwise nothing was proved: both processes answered from memory in between.
    assert remembered > CHANGES // 10
    assert one.cache.tally.memory > CHANGES // 10
    assert peer.stdin is not None
    peer.stdin.close()
    assert await peer.wait() == 0
