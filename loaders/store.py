"""The Redis tier: what a whole turn of the event loop reads is one MGET, writes happen beside the request's path."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from loaders import commands
from loaders.awaited import Awaited, Waiting
from loaders.commands import Command, Fill
from loaders.links import EPOCH, Links
from loaders.topology import Topology

# Values in the order of their names, None where there is none, and the epoch before which they were read.
Read = Callable[[Sequence[bytes | None], int], None]


class Changes:
    """What was changed during a block."""

    def __init__(self) -> None:
        self._names: set[bytes] = set()
        self._is_all = False

    def add(self, names: Sequence[bytes] | None) -> None:
        """Note these names; None: all."""
        self._is_all = self._is_all or names is None
        self._names.update(names or ())

    def includes(self, name: bytes) -> bool:
        """Tell whether a value may have changed."""
        return self._is_all or name in self._names


class Store:
    """Values in Redis.

    Args:
        topology: Knows the nodes.
        timeout: Seconds that Redis may take for anything; then it is skipped for a while.
        changed: Called with the names of values that were changed, by this process too; None: all may have been.
    """

    def __init__(self, topology: Topology, timeout: float, changed: Callable[[Sequence[bytes] | None], None]) -> None:
        self._changed = changed
        self._links = Links(topology, timeout, self._push)
        self._token = secrets.token_hex(8)
        self._names: list[str] = []
        self._readers: list[tuple[int, Read]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = Waiting()
        self._watchers: set[Changes] = set()

    @property
    def is_up(self) -> bool:
        """Whether Redis can be asked now."""
        return self._links.is_up

    @property
    def is_cluster(self) -> bool:
        """Whether values are on several nodes."""
        return self._links.topology.is_cluster

    @property
    def epoch(self) -> int:
        """The latest epoch seen."""
        return self._links.epoch

    def now(self) -> float:
        """Return Unix time by Redis's clock."""
        return self._links.now()

    def loop_time(self, seconds: float) -> float:
        """Return the event loop's time of a time by Redis's clock."""
        return self._links.loop_time(seconds)

    async def start(self) -> None:
        """Try to connect, and keep trying in the background."""
        await self._links.start()

    async def close(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._links.close()

    def read(self, names: Sequence[str], take: Read) -> None:
        """Call ``take``, later, with these values. Whatever cannot be read is None."""
        if not self._readers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._names += names
        self._readers.append((len(names), take))

    async def lease(self, names: Sequence[str]) -> Awaited | None:
        """Lease the fetch of these values; return those that somebody else is fetching. None: nobody can say so."""
        with self._watching() as changed:
            replies = await self._links.spread([(name, commands.lease(name, self._token)) for name in names])
        # Nothing but a null says that somebody else was first.
        elsewhere = [name.encode() for name, reply in zip(names, replies, strict=True) if reply is None]
        if not elsewhere:
            return None
        awaited = self._waiting.expect(elsewhere)
        # What is there already, Redis does not announce again.
        self._waiting.note([name for name in elsewhere if changed.includes(name)])
        return awaited

    async def release(self, names: Iterable[str]) -> None:
        """Give up what was leased and not filled."""
        await self._links.spread([(name, commands.release(name, self._token)) for name in names])

    async def fill(self, fills: Sequence[Fill], epoch: int) -> int:
        """Keep values that were fetched after ``epoch``, unless they were invalidated since; return how many were."""
        if epoch < self._links.since:
            # A node that was restarted since may not know what was invalidated before.
            refused = {fill.name for fill in fills}
        else:
            refused = await self._register(fills, epoch)
        replies = await self._links.spread([(fill.name, self._end(fill, epoch, refused)) for fill in fills])
        fenced = [fill for fill, reply in zip(fills, replies, strict=True) if isinstance(reply, int) and reply != 0]
        return len(refused.union(fill.name for fill in fenced))

    async def find_answer(self, name: str) -> tuple[bytes, int] | None:
        """Return an answer's body and cost, if all that it was made of is still there."""
        key = commands.answer(name)
        # In one step, so that what is given out is what was checked.
        is_current, found = await self._links.transact(
            key, (commands.check_answer(key), ("HMGET", key, "what", "body"))
        )
        if is_current != 1 or not isinstance(found, list) or None in found:
            return None
        what, body = found
        whose, _, cost = what.partition(b"\n")
        return (body, int(cost)) if whose == key.encode() else None

    def keep_answer(self, name: str, body: bytes, cost: int, parts: Mapping[bytes, bytes], seconds: float) -> None:
        """Keep an answer for so long at most, beside the request's path, with the heads of its parts by their names."""
        key = commands.answer(name)
        self._links.tell(key, commands.keep_answer(key, body, cost, parts, seconds))

    def forget(self, names: Iterable[str]) -> None:
        """Delete values, beside the request's path."""
        task = asyncio.get_running_loop().create_task(self._send([(name, ("DEL", name)) for name in names]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def invalidate(self, tags: Iterable[str], names: Iterable[str]) -> bool:
        """Delete the values under these tags, and those of these names, wherever they are or are about to be.

        Returns:
            Whether Redis confirmed all of it. Then no older value is in Redis, or gets there.
        """
        epoch = await self._links.tick()
        marks = dict.fromkeys(tags)
        taken = await self._links.spread([(commands.mark(tag), commands.take(tag, epoch)) for tag in marks])
        found = {tag: some for tag, some in zip(marks, taken, strict=True) if isinstance(some, list)}
        doomed = sorted({name.decode() for some in found.values() for name in some}.union(names))
        replies = await self._links.spread([(name, commands.drop(name, epoch)) for name in doomed])
        gone = {name.encode() for name, reply in zip(doomed, replies, strict=True) if isinstance(reply, int)}
        for tag, some in found.items():
            if some and gone.issuperset(some):
                self._links.tell(commands.mark(tag), commands.done(tag, epoch, some))
        # Redis tells this process too, but maybe after the last of these replies.
        self._push([name.encode() for name in doomed])
        is_settled = await self._links.settle()
        return is_settled and len(found) == len(marks) and len(gone) == len(doomed)

    def _flush(self) -> None:
        names, self._names = self._names, []
        readers, self._readers = self._readers, []
        link = self._links.route(EPOCH)
        if self._links.topology.is_cluster:
            task = asyncio.get_running_loop().create_task(self._read_apart(names, readers))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif link is None:
            _hand_out([None] * len(names), 0, readers)
        else:

            def take(replies: Sequence[object] | None) -> None:
                values = replies[0] if replies else None
                if isinstance(values, list):
                    _hand_out(values[1:], int(values[0] or 0), readers)
                else:
                    self._links.notice(link, values)
                    _hand_out([None] * len(names), 0, readers)

            link.send([("MGET", EPOCH, *names)], take)

    async def _read_apart(self, names: Sequence[str], readers: Sequence[tuple[int, Read]]) -> None:
        """Read in a cluster, where keys of one command must share a slot: one pipeline of GETs for each node."""
        with self._watching() as changed:
            epoch, *replies = await self._links.spread([(name, ("GET", name)) for name in (EPOCH, *names)])
        values = [
            reply if isinstance(reply, bytes) and not changed.includes(name.encode()) else None
            for name, reply in zip(names, replies, strict=True)
        ]
        _hand_out(values, int(epoch) if isinstance(epoch, bytes) else 0, readers)

    async def _register(self, fills: Sequence[Fill], epoch: int) -> set[str]:
        """Put values under their tags; return the names of those that a tag's mark refuses."""
        by_tag: dict[str, list[Fill]] = {}
        for fill in fills:
            for tag in fill.tags:
                by_tag.setdefault(tag, []).append(fill)
        replies = await self._links.spread(
            [(commands.mark(tag), commands.register(tag, some, epoch)) for tag, some in by_tag.items()]
        )
        return {fill.name for some, reply in zip(by_tag.values(), replies, strict=True) if reply != 0 for fill in some}

    def _end(self, fill: Fill, epoch: int, refused: Collection[str]) -> Command:
        """Keep a value, or tell those who wait for it that it will not be."""
        if fill.name in refused:
            return commands.release(fill.name, self._token)
        return commands.fill(fill, epoch, self._token)

    async def _send(self, messages: Sequence[tuple[str, Command]]) -> None:
        await self._links.spread(messages)

    @contextmanager
    def _watching(self) -> Iterator[Changes]:
        changes = Changes()
        self._watchers.add(changes)
        try:
            yield changes
        finally:
            self._watchers.discard(changes)

    def _push(self, names: Sequence[bytes] | None) -> None:
        self._changed(names)
        for watcher in self._watchers:
            watcher.add(names)
        self._waiting.note(names)


def _hand_out(values: Sequence[bytes | None], epoch: int, readers: Sequence[tuple[int, Read]]) -> None:
    start = 0
    for count, take in readers:
        take(values[start : start + count], epoch)
        start += count
