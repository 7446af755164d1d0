"""Several processes that serve one port: they share its sockets, and whether anybody has asked for readiness."""

import ctypes
from multiprocessing import get_context

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


def shared_flag() -> Flag:
    """Return a flag that is the same in this process and in all workers that it is passed to."""
    # uvicorn spawns them. One byte needs no lock.
    flag: Flag = get_context("spawn").RawValue(ctypes.c_bool, False)  # noqa: FBT003  ctypes takes no names
    return flag
