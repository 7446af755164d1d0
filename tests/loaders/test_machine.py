"""Two replicas, one Redis, two users, and everything that can go wrong between them, in any order.

Whatever happens: nobody gets what is somebody else's; nobody gets what is older than the last invalidation that was
acknowledged before they asked; and while all is well, a value is fetched once.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from downstream.record import Owned
from loaders import links
from loaders.invalidation import InvalidationError
from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.things import Thing, Things

pytestmark = pytest.mark.long

T = TypeVar("T")

PEOPLE = ("ann", "bob")
THINGS = ("ann_a", "ann_b", "bob_a")
SECONDS = 0.1

sides = st.sampled_from([0, 1])
things = st.sampled_from(THINGS)
people = st.sampled_from(PEOPLE)


class Caches(RuleBasedStateMachine):
    """Hypothesis drives it; the services' truth is how often a thing was changed."""

    server: ClassVar[RedisProcess]
    loads = Bundle("loads")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.service = Things()
        self.replicas: list[Replica] = []
        self.clients: list[Redis] = []
        self.acknowledged = dict.fromkeys(THINGS, 0)
        self.is_frozen = False
        self.held: asyncio.Event | None = None
        self.slow: list[tuple[asyncio.Task[Thing | None], str, str, int]] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 10))

    @initialize()
    def start(self) -> None:
        self.server.client.flushall()
        for _ in range(2):
            self.run(self._enter())

    async def _enter(self) -> None:
        client = Redis.from_url(self.server.url)
        self.clients.append(client)
        self.replicas.append(await Replica(self.service, client, seconds=SECONDS).__aenter__())

    @rule(side=sides, thing=things, person=people)
    def read(self, side: int, thing: str, person: str) -> None:
        floor = self.acknowledged[thing]
        self._check(self._load(side, thing, person), thing, person, floor)

    @rule(side=sides)
    def read_everything_at_once(self, side: int) -> None:
        floors = dict(self.acknowledged)
        keys = [Owned(thing, person) for thing in THINGS for person in PEOPLE]
        answers = self._finish(_load_all(self.replicas[side], keys))
        for key, answer in zip(keys, answers, strict=True):
            assert not isinstance(answer, BaseException)
            self._check(answer, key.id, key.owner or "", floors[key.id])

    @rule(thing=things)
    def write(self, thing: str) -> None:
        self.service.change(thing)

    @rule(side=sides, thing=things, by_owner=st.booleans())
    def invalidate(self, side: int, thing: str, *, by_owner: bool) -> None:
        owner = thing.partition("_")[0]
        covered = [one for one in THINGS if one.startswith(owner)] if by_owner else [thing]
        truth = {one: self.service.changes.get(one, 0) for one in covered}
        try:
            self.run(self.replicas[side].invalidate(f"customer:{owner}" if by_owner else f"thing:{thing}"))
        except InvalidationError:
            return
        self.acknowledged.update(truth)

    @rule(thing=things)
    @precondition(lambda self: not self.is_frozen)
    def expire(self, thing: str) -> None:
        owner = thing.partition("_")[0]
        self.server.client.delete(f"oc3:v:{{{owner}}}:thing:{thing}")

    @rule(side=sides, thing=things)
    def begin_a_slow_fill(self, side: int, thing: str) -> None:
        owner = thing.partition("_")[0]
        self.held = self.service.gate = self.held or asyncio.Event()

        async def begin() -> None:
            load = self.replicas[side].request().thing.load(Owned(thing, owner))
            self.slow.append((asyncio.ensure_future(load), thing, owner, self.acknowledged[thing]))
            await asyncio.sleep(0.005)

        self.run(begin())
        # Whoever asks from here on is answered quickly; only what is under way stays slow.
        self.service.gate = None

    @rule()
    @precondition(lambda self: self.held is not None)
    def let_slow_fills_end(self) -> None:
        self._end_slow_fills()

    @rule(side=sides)
    def crash_and_restart(self, side: int) -> None:
        self._end_slow_fills()
        self.run(self._crash(side))

    async def _crash(self, side: int) -> None:
        replica, client = self.replicas[side], self.clients[side]
        await replica.__aexit__()
        await client.aclose()
        self.clients[side] = Redis.from_url(self.server.url)
        fresh = Replica(self.service, self.clients[side], seconds=SECONDS)
        self.replicas[side] = await fresh.__aenter__()

    @rule()
    @precondition(lambda self: not self.is_frozen)
    def cut_all_connections(self) -> None:
        self.server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    @rule()
    @precondition(lambda self: not self.is_frozen)
    def freeze(self) -> None:
        os.kill(self.server.pid, signal.SIGSTOP)
        self.is_frozen = True

    @rule()
    @precondition(lambda self: self.is_frozen)
    def thaw(self) -> None:
        self.server.resume()
        self.is_frozen = False
        self.run(self._up())

    @rule(side=sides, thing=things)
    @precondition(lambda self: not self.is_frozen and not self.slow)
    def what_one_has_fetched_the_other_does_not_fetch(self, side: int, thing: str) -> None:
        self.run(self._up())
        owner = thing.partition("_")[0]
        first, second = self.replicas[side], self.replicas[1 - side]
        self.run(_load(first, thing, owner))
        self.run(first.filled())
        before = len(self.service.calls)
        for replica in (first, second, first, second):
            self.run(_load(replica, thing, owner))
        assert len(self.service.calls) == before

    @invariant()
    def everything_expires(self) -> None:
        if self.replicas and not self.is_frozen:
            for key in self.server.keys():  # noqa: SIM118  no mapping
                assert self.server.client.pttl(key) != -1

    def teardown(self) -> None:
        if self.is_frozen:
            self.server.resume()
        self._end_slow_fills()
        for replica, client in zip(self.replicas, self.clients, strict=True):
            self.run(replica.__aexit__())
            self.run(client.aclose())
        self.loop.close()

    def _load(self, side: int, thing: str, person: str) -> Thing | None:
        return self._finish(_load(self.replicas[side], thing, person))

    def _finish(self, load: Coroutine[Any, Any, T]) -> T:
        """Finish a load; if it waits for a slow fill, as it may, let that end."""

        async def finish() -> T:
            # A request comes over a socket, so what came over others before it is read before it begins.
            await asyncio.sleep(0)
            task = asyncio.ensure_future(load)
            await asyncio.wait([task], timeout=0.02)
            if not task.done() and self.held is not None:
                self.held.set()
            return await task

        return self.run(finish())

    def _end_slow_fills(self) -> None:
        if self.held is not None:
            self.held.set()
            self.held = None
        for task, thing, person, floor in self.slow:
            self._check(self.run(_outcome(task)), thing, person, floor)
        self.slow = []

    def _check(self, seen: Thing | None, thing: str, person: str, floor: int) -> None:
        owner = thing.partition("_")[0]
        if person != owner:
            assert seen is None
        else:
            assert seen is not None
            assert (seen.id, seen.customer_id) == (thing, owner)
            assert seen.value >= floor

    async def _up(self) -> None:
        """Return once both replicas have a connection that works: to be cut is noticed only by using it."""
        for replica in self.replicas:
            while True:
                try:
                    await replica.invalidate("thing:none")
                    break
                except InvalidationError:
                    await asyncio.sleep(0.005)


async def _load(replica: Replica, thing: str, person: str) -> Thing | None:
    return await replica.request().thing.load(Owned(thing, person))


async def _load_all(replica: Replica, keys: Sequence[Owned]) -> Sequence[Thing | BaseException | None]:
    return await replica.request().thing.load_all(keys)


async def _outcome(task: "asyncio.Task[Thing | None]") -> Thing | None:
    return await task


@pytest.fixture
def machine_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisProcess]:
    monkeypatch.setattr(links, "SKIP_SECONDS", 0.05)
    process = RedisProcess().start()
    yield process
    process.resume()
    process.client.close()
    process.kill()


def test_nothing_wrong_is_ever_served(machine_redis: RedisProcess) -> None:
    Caches.server = machine_redis
    run_state_machine_as_test(
        Caches,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
