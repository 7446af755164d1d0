"""A replica in a process of its own. Lines tell it what to do: ``load N``, where N is the truth, or ``invalidate``."""

import asyncio
import sys

from redis.asyncio import Redis

from tests.support.replica import Replica
from tests.support.things import Things


async def _serve(url: str) -> None:
    things = Things()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with Redis.from_url(url) as redis, Replica(things, redis) as one:
        while line := await reader.readline():
            word, _, truth = line.decode().strip().partition(" ")
            if word == "invalidate":
                await one.invalidate("fact:a")
                answer = "done"
            else:
                things.changes["a"] = int(truth)
                fact = await one.request().fact.load("a")
                answer = str(fact.value if fact is not None else None)
            sys.stdout.write(f"{answer} {one.cache.tally.memory}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
