"""Changing things: a command is sent, and what was kept of its owner before is forgotten before anybody is answered."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TypeVar

from downstream.client import ServiceClient
from downstream.command import Body, Command
from downstream.errors import DownstreamError
from downstream.record import Private
from loaders.invalidation import InvalidationError, Invalidator

P = TypeVar("P", bound=Private)

SECONDS_BETWEEN_ATTEMPTS = 0.5

log = logging.getLogger(__name__)


class Changes:
    """Sends commands and invalidates; shared by all requests.

    Args:
        services: Who carries commands out, by the service's name.
        invalidator: What forgets.
    """

    def __init__(self, services: Mapping[str, ServiceClient], invalidator: Invalidator) -> None:
        self._services = services
        self._invalidator = invalidator
        self._sent: set[asyncio.Task[object]] = set()
        self._unconfirmed: set[str] = set()
        self._trying: asyncio.Task[None] | None = None

    async def carry_out(self, command: Command[P], body: Body, key: str, *, deadline: float) -> P:
        """Return what the command changed, once nobody reads what was before.

        Args:
            command: What to do.
            body: To what, and for whom.
            key: Under which the service recognises it.
            deadline: When to give up, in the event loop's time.

        Raises:
            CommandRefusedError: Nothing was changed, and why.
            DownstreamError: Nothing was changed: the service could not be reached or takes no commands now.
            OutcomeUnknownError: Nobody knows whether it was carried out.
        """
        task = asyncio.get_running_loop().create_task(self._carry_out(command, body, key, deadline))
        self._sent.add(task)
        task.add_done_callback(self._sent.discard)
        # A caller who leaves does not stop it: what was sent is finished, and forgotten.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Finish what was sent."""
        await asyncio.gather(*self._sent, return_exceptions=True)
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)

    async def _carry_out(self, command: Command[P], body: Body, key: str, deadline: float) -> P:
        try:
            changed = await self._services[command.service].commands.send(command, body, key, deadline=deadline)
        except DownstreamError:
            raise
        except Exception:
            # It may have been carried out; and who was refused has seen something old.
            await self._forget(body.customer_id)
            raise
        await self._forget(body.customer_id)
        return changed

    async def _forget(self, owner: str) -> None:
        tag = f"customer:{owner}"
        try:
            await self._invalidator.invalidate([tag])
        except InvalidationError:
            log.warning("an invalidation is not confirmed and will be tried again")
            self._unconfirmed.add(tag)
            if self._trying is None or self._trying.done():
                self._trying = asyncio.get_running_loop().create_task(self._keep_trying())

    async def _keep_trying(self) -> None:
        """Invalidate what is not confirmed, all of it at once, until it is."""
        while self._unconfirmed:
            await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)
            tags, self._unconfirmed = self._unconfirmed, set()
            try:
                await self._invalidator.invalidate(sorted(tags))
            except InvalidationError:
                self._unconfirmed |= tags
