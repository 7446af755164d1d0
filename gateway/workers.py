"""Several processes that serve one port: they share its sockets, and whether anybody has asked for readiness."""

import asyncio
import ctypes
import os
import signal
from multiprocessing import get_context, parent_process

from uvicorn.supervisors import Multiprocess

from gateway.drain import Flag


class Workers(Multiprocess):
    """uvicorn's, which ends its workers as a single process ends."""

    def terminate_all(self) -> None:
        """Tell all to end, and give up the sockets, which each worker has by itself until it closes."""
        super().terminate_all()
        # Else who connects after that would wait in vain for as long as others are still answered.
        for one in self.sockets:
            one.close()


def end_with_parent() -> None:
    """End this process as SIGTERM ends it once the one that has spawned it is gone, however that ended.

    Without a parent to tell it, a worker would serve its port for ever, beside those of the next start. Does nothing
    in a process that multiprocessing has not made. Call in the loop.
    """
    parent = parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(parent.sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(parent.sentinel, end)


def shared_flag() -> Flag:
    """Return a flag that is the same in this process and in all workers that it is passed to."""
    # uvicorn spawns them. One byte needs no lock.
    flag: Flag = get_context("spawn").RawValue(ctypes.c_bool, False)  # noqa: FBT003  ctypes takes no names
    return flag
