"""Routers of a federated graph: known by a secret, they alone may ask for entities and for the subgraph's schema."""

import hmac
from collections.abc import Mapping

from graphql import FieldNode

from engine.entities import ENTITIES, SERVICE, representations
from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from gateway.request import Refusal


class Routers:
    """Tells routers from clients.

    Args:
        header: Where a router shows the secret.
        secret: What it shows; None: there are no routers.
    """

    def __init__(self, header: str, secret: str | None) -> None:
        self._header = header.lower().encode()
        self._secret = None if secret is None else secret.encode()

    def know(self, headers: Mapping[bytes, bytes]) -> bool:
        """Tell whether a router asks; raises ``Refusal`` for who shows a wrong secret, whatever they ask."""
        shown = headers.get(self._header)
        if shown is None:
            return False
        if self._secret is None or not hmac.compare_digest(shown, self._secret):
            raise _unknown_router()
        return True


def check_subgraph(
    executor: StrawberryCompiledExecutor, plan: Plan | None, *, is_router: bool, max_representations: int
) -> None:
    """Raise ``Refusal`` for what only a router may ask, and for too much of it."""
    if plan is None:
        asked = asks_for(executor, {ENTITIES, SERVICE})
    else:
        asked = {field.name for field in plan.root.fields} & {ENTITIES, SERVICE}
    if not asked:
        return
    if not is_router:
        raise _unknown_router()
    if plan is None and ENTITIES in asked:
        # Whatever has no plan is executed field by field, and its representations are not counted.
        raise Refusal(400, "BAD_USER_INPUT", "Entities cannot be asked for together with what reads the schema.")
    fields = plan.root.fields if plan is not None else ()
    count = sum(representations(field, executor.variable_values) for field in fields if field.name == ENTITIES)
    if count > max_representations:
        raise Refusal(400, "BAD_USER_INPUT", f"At most {max_representations} representations are taken.")


def asks_for(executor: StrawberryCompiledExecutor, names: set[str]) -> set[str]:
    """Return which of these fields an operation has. A fragment that is not spread would be refused by validation."""
    found: set[str] = set()
    fragments = (fragment.definition.selection_set for fragment in executor.fragments.values())
    sets = [executor.operation.selection_set, *fragments]
    while sets:
        for node in sets.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in names:
                found.add(node.name.value)
            if (inner := getattr(node, "selection_set", None)) is not None:
                sets.append(inner)
    return found


def _unknown_router() -> Refusal:
    message = "Only a router of the federated graph may ask for that."
    return Refusal(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": "Router"})
