"""One level of an execution: which parents each resolver is asked for, and who may be asked together."""

from collections.abc import Sequence
from operator import is_
from typing import Any, TypeAlias

from engine.plan import Field


class Asked:
    """The parents that a resolver is asked for, and the responses that its values go into.

    Attributes:
        shared: Whether the lists are other fields' as well.
    """

    __slots__ = ("shared", "sources", "targets")

    def __init__(self, sources: list[Any], targets: list[dict[str, Any]]) -> None:
        self.sources = sources
        self.targets = targets
        self.shared = True


# Fields whose values one resolver gives at once, with the responses that each one's go into.
Fields: TypeAlias = Sequence[tuple[Field, list[dict[str, Any]]]]


def share(one: tuple[Field, Asked], other: tuple[Field, Asked]) -> bool:
    """Tell whether two fields show something of the same things: what one resolver finds for the same parents."""
    (field, asked), (other_field, other_asked) = one, other
    if field.shared is None or other_field.shared is None or field.shared.whole is not other_field.shared.whole:
        return False
    parents, others = asked.sources, other_asked.sources
    return parents is others or (len(parents) == len(others) and all(map(is_, parents, others)))


def listed(values: Any, parents: int) -> Sequence[Any]:  # noqa: ANN401  whatever a resolver returns
    """Return a resolver's values as a list or tuple, or an error for each parent where they are none."""
    if type(values) is list or type(values) is tuple:
        return values
    try:
        return list(values)
    except Exception as error:  # noqa: BLE001  it becomes the error of all parents
        return [error] * parents


def one_each(field: Field, values: Sequence[Any], targets: Sequence[object]) -> Sequence[Any]:
    """Return a resolver's values, or an error for each parent where there are not as many."""
    if len(values) == len(targets):
        return values
    error = RuntimeError(f"the resolver of {field} returned {len(values)} values for {len(targets)} parents")
    return [error] * len(targets)
