"""What is checked of an operation once it is planned and before anything runs: introspection, cost and rate."""

import logging
import math

from graphql import GraphQLError

from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from gateway.admission.caller import Caller, program_of
from gateway.admission.rate import Rates
from gateway.admission.router import asks_for, check_subgraph
from gateway.request import Refusal
from resolvers.context import Viewer

log = logging.getLogger(__name__)

# Lets developers read the schema in production.
READ_SCHEMA = "schema:read"


class Guard:
    """Admits operations.

    Args:
        max_cost: Greatest cost of one, by the schema's ``@cost`` and ``@listSize``.
        warn_only: Whether a dearer one is only written to the log.
        introspection: Whether everybody may read the schema.
        max_representations: Greatest number of entities that a router asks for at a time.
        persons: What each person may ask for over time.
        clients: What each program may ask for, and strangers together.
    """

    def __init__(
        self,
        *,
        max_cost: int,
        warn_only: bool,
        introspection: bool,
        max_representations: int,
        persons: Rates,
        clients: Rates,
    ) -> None:
        self._max_cost = max_cost
        self._warn_only = warn_only
        self._introspection = introspection
        self._max_representations = max_representations
        self._persons = persons
        self._clients = clients

    def admit(self, caller: Caller, executor: StrawberryCompiledExecutor, plan: Plan | None) -> int:
        """Return what an operation costs.

        Raises:
            GraphQLError: It is not to be executed.
            Refusal: It may be executed later, or for a router.
        """
        viewer = caller.viewer
        check_subgraph(executor, plan, is_router=caller.is_router, max_representations=self._max_representations)
        # What has a plan reads nothing of the schema.
        if plan is None and not self._may_introspect(viewer) and asks_for(executor, {"__schema", "__type"}):
            raise _refusal("FORBIDDEN", f"Reading the schema needs the scope '{READ_SCHEMA}'.")
        cost = executor.cost(plan)
        if cost > self._max_cost:
            log.log(
                logging.WARNING if self._warn_only else logging.INFO,
                "an operation exceeds a limit",
                extra={"limit": "cost", "most": self._max_cost, "cost": cost},
            )
            if not self._warn_only:
                message = (
                    f"The operation can cost {cost}, and at most {self._max_cost} is taken: ask for shorter lists."
                )
                raise _refusal("COST_LIMIT_EXCEEDED", message)
        self.charge(caller, cost)
        return cost

    def charge(self, caller: Caller, cost: int) -> None:
        """Take what an operation costs off what its caller may ask for; raises ``Refusal``, and then takes nothing."""
        cost = max(cost, 1)
        person = caller.viewer.id if caller.viewer is not None else None
        wait = self._persons.take(person, cost) if person is not None else 0.0
        if not wait:
            wait = self._clients.take(program_of(caller), cost)
            if wait and person is not None:
                self._persons.give_back(person, cost)
        if wait:
            message = "You ask for more than is allowed: wait a little."
            raise Refusal(429, "RATE_LIMITED", message, {"Retry-After": str(math.ceil(wait))})

    def _may_introspect(self, viewer: Viewer | None) -> bool:
        return self._introspection or (viewer is not None and READ_SCHEMA in viewer.scopes)


def _refusal(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
