"""Which record a type reads. Records travel unchanged from the services to the answer, so a type only names fields."""

from collections.abc import Callable
from typing import TypeVar

from downstream.record import Record
from engine import instances_of

T = TypeVar("T", bound=type)


def reads(record: type) -> Callable[[T], T]:
    """Declare the record of a type: interfaces recognise it, and a test compares the fields of both."""

    def decorate(cls: T) -> T:
        # setattr: Strawberry looks these names up on the class, and the class's own type does not know them.
        setattr(cls, "__record__", record)  # noqa: B010
        setattr(cls, "is_type_of", instances_of(record, decoded=issubclass(record, Record)))  # noqa: B010
        return cls

    return decorate
