"""Changing things: a command is sent, and what was kept of its owner before is forgotten before anybody is answered."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TypeVar

from downstream.command import Body, Command, CommandClient
from downstream.errors import DownstreamError
from downstream.record import Private
from loaders.invalidation import InvalidationError, Invalidator

P = TypeVar("P", bound=Private)

# No value of a person's is kept longer than this, so an invalidation that is not confirmed by then is of no use.
LONGEST_TTL = 60.0
SECONDS_BETWEEN_ATTEMPTS = 0.5

log = logging.getLogger(__name__)


class Changes:
    """Sends commands and invalidates; shared by all requests.

    Args:
        services: Who carries commands out, by the service's name.
        invalidator: Forgets, in all replicas.
    """

    def __init__(self, services: Mapping[str, CommandClient], invalidator: Invalidator) -> None:
        self._services = services
        self._invalidator = invalidator
        self._sent: set[asyncio.Task[object]] = set()
        self._unconfirmed: set[asyncio.Task[None]] = set()

    async def carry_out(self, command: Command[P], body: Body, key: str) -> P:
        """Return what the command changed, once nobody reads what was before.

        Raises:
            CommandRefusedError: Nothing was changed, and why.
            DownstreamError: Nothing was changed: the service could not be reached or takes no commands now.
            OutcomeUnknownError: Nobody knows whether it was carried out.
        """
        task = asyncio.get_running_loop().create_task(self._carry_out(command, body, key))
        self._sent.add(task)
        task.add_done_callback(self._sent.discard)
        # A caller who leaves does not stop it: what was sent is finished, and forgotten.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Finish what was sent, and close all connections."""
        await asyncio.gather(*self._sent, return_exceptions=True)
        for task in self._unconfirmed:
            task.cancel()
        await asyncio.gather(*self._unconfirmed, return_exceptions=True)
        for service in self._services.values():
            await service.aclose()

    async def _carry_out(self, command: Command[P], body: Body, key: str) -> P:
        try:
            changed = await self._services[command.service].send(command, body, key)
        except DownstreamError:
            raise
        except Exception:
            # It may have been carried out; and who was refused has seen something old.
            await self._forget(body.customer_id)
            raise
        await self._forget(body.customer_id)
        return changed

    async def _forget(self, owner: str) -> None:
        if not await self._invalidated(owner):
            log.warning("an invalidation is not confirmed and will be tried again")
            task = asyncio.get_running_loop().create_task(self._keep_trying(owner))
            self._unconfirmed.add(task)
            task.add_done_callback(self._unconfirmed.discard)

    async def _keep_trying(self, owner: str) -> None:
        end = asyncio.get_running_loop().time() + LONGEST_TTL
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)
            if await self._invalidated(owner):
                return

    async def _invalidated(self, owner: str) -> bool:
        try:
            await self._invalidator.invalidate([f"customer:{owner}"])
        except InvalidationError:
            return False
        return True
