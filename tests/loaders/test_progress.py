"""A batch waits for the loads that may bring it more keys, and for no others, and not for ever."""

import asyncio

from loaders.progress import Progress


class Batch:
    """What a loader holds back: how many keys, and whether they were let go."""

    def __init__(self) -> None:
        self.keys = 1
        self.released = 0
        self.gone = asyncio.Event()

    def release(self) -> None:
        self.released += 1
        self.gone.set()

    def hold(self, progress: Progress, *feeders: object) -> None:
        progress.hold(feeders, lambda: self.keys, self.release)


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_batch_is_released_once_its_last_feeder_has_ended_and_it_was_quiet() -> None:
    progress, batch, feeder, other = Progress(5, quiet_turns=2), Batch(), object(), object()
    progress.begin(feeder)
    progress.begin(feeder)
    progress.begin(other)
    batch.hold(progress, feeder)
    progress.end(feeder)
    await _turns(10)
    assert batch.released == 0
    progress.end(feeder)
    await _turns(1)
    assert batch.released == 0
    await _turns(1)
    assert batch.released == 1
    await _turns(10)
    assert batch.released == 1


async def test_new_keys_and_new_feeders_make_it_wait_anew() -> None:
    progress, batch, feeder = Progress(5, quiet_turns=2), Batch(), object()
    batch.hold(progress, feeder)
    await _turns(1)
    batch.keys += 1
    await _turns(1)
    assert batch.released == 0
    progress.begin(feeder)
    await _turns(10)
    assert batch.released == 0
    progress.end(feeder)
    await _turns(4)
    assert batch.released == 1


async def test_patience_ends_the_wait_for_a_feeder_that_hangs() -> None:
    progress, batch, feeder = Progress(0.02, quiet_turns=2), Batch(), object()
    progress.begin(feeder)
    batch.hold(progress, feeder)
    async with asyncio.timeout(5):
        await batch.gone.wait()
    progress.end(feeder)
    await _turns(10)
    assert batch.released == 1
