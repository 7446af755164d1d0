"""What is checked of an operation once it is planned and before anything runs: introspection, cost and rate."""

import logging
import math

from graphql import FieldNode, GraphQLError

from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from gateway.rate import Rates
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
        persons: What each person may ask for over time.
        clients: What each program may ask for, and strangers together.
    """

    def __init__(self, *, max_cost: int, warn_only: bool, introspection: bool, persons: Rates, clients: Rates) -> None:
        self._max_cost = max_cost
        self._warn_only = warn_only
        self._introspection = introspection
        self._persons = persons
        self._clients = clients

    def admit(self, viewer: Viewer | None, client: str, executor: StrawberryCompiledExecutor, plan: Plan | None) -> int:
        """Return what an operation costs.

        Raises:
            GraphQLError: It is not to be executed.
            Refusal: It may be executed later.
        """
        # What has a plan reads nothing of the schema.
        if plan is None and not self._may_introspect(viewer) and _introspects(executor):
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
        self.charge(viewer, client, cost)
        return cost

    def charge(self, viewer: Viewer | None, client: str, cost: int) -> None:
        """Take what an operation costs off what its caller may ask for; raises ``Refusal``."""
        cost = max(cost, 1)
        wait = self._persons.take(viewer.id, cost) if viewer is not None else 0.0
        if not wait:
            wait = self._clients.take(client, cost)
        if wait:
            message = "You ask for more than is allowed: wait a little."
            raise Refusal(429, "RATE_LIMITED", message, {"Retry-After": str(math.ceil(wait))})

    def _may_introspect(self, viewer: Viewer | None) -> bool:
        return self._introspection or (viewer is not None and READ_SCHEMA in viewer.scopes)


def _refusal(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _introspects(executor: StrawberryCompiledExecutor) -> bool:
    """Tell whether any field reads the schema. A fragment that is not spread would be refused by validation."""
    fragments = (fragment.definition.selection_set for fragment in executor.fragments.values())
    sets = [executor.operation.selection_set, *fragments]
    while sets:
        for node in sets.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in {"__schema", "__type"}:
                return True
            if (inner := getattr(node, "selection_set", None)) is not None:
                sets.append(inner)
    return False
