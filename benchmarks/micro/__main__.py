"""The program that pyperf starts again and again: it times one benchmark in each process."""

import asyncio
import inspect
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator

import pyperf
import uvloop

from benchmarks.gateway import gateway
from benchmarks.micro import batch, cache, call, center, document
from benchmarks.micro.timing import REDIS, STANDIN, Action, Benchmark

NOUNS = (document, center, batch, call, cache)


def main() -> None:
    """Time all benchmarks whose name holds what was asked for."""
    parser = ArgumentParser()
    parser.add_argument("only", nargs="?", default="")
    runner = pyperf.Runner(_argparser=parser, add_cmdline_args=_pass_on)
    only = runner.parse_args().only
    for name, benchmark in _benchmarks():
        if only in name:
            words = (benchmark.__doc__ or "").splitlines()[0]
            runner.bench_time_func(name, _Timed(benchmark), metadata={"description": words})


def _pass_on(command: list[str], args: object) -> None:
    command.append(getattr(args, "only", ""))


def _benchmarks() -> Iterator[tuple[str, Benchmark]]:
    for noun in NOUNS:
        for name, member in vars(noun).items():
            if inspect.iscoroutinefunction(member) and not name.startswith("_"):
                yield f"{noun.__name__.rpartition('.')[2]}.{name}", member


class _Timed:
    """A benchmark as pyperf wants it: a function from a number of repetitions to seconds."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._benchmark = benchmark
        self._loop: asyncio.AbstractEventLoop | None = None
        self._action: Action

    def __call__(self, loops: int) -> float:
        if self._loop is None:
            # One loop for the whole process: connections and loaders belong to it.
            self._loop = uvloop.new_event_loop()
            self._action = self._loop.run_until_complete(self._prepared())
        return self._loop.run_until_complete(_seconds(self._action, loops))

    async def _prepared(self) -> Action:
        # Left open until the process ends.
        self._parts = gateway(os.environ[STANDIN], os.environ[REDIS])
        return await self._benchmark(await self._parts.__aenter__())


async def _seconds(action: Action, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        await action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
