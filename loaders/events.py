"""What services tell about changes, as CloudEvents (cloudevents.io, version 1.0), and which tags each is about."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{1,64}\Z")]


class Data(Struct, frozen=True, rename="camel"):
    """What changed. Each type of event needs some of these and ignores the others."""

    customer_id: Id | None = None
    order_id: Id | None = None
    product_id: Id | None = None
    shop_id: Id | None = None
    tag_id: Id | None = None
    suggestion_id: Id | None = None


class Event(Struct, frozen=True):
    """One event; of the attributes that CloudEvents asks for only these matter here."""

    type: str
    data: Data


Rule: TypeAlias = Callable[[Data], Mapping[str, str | None]]

_RULES: Mapping[str, Rule] = {
    "customer.updated": lambda data: {"customer": data.customer_id},
    "order.updated": lambda data: {"order": data.order_id, "orders": data.customer_id},
    "return.updated": lambda data: {"order": data.order_id, "orders": data.customer_id},
    "checkout.updated": lambda data: {"orders": data.customer_id},
    "payment.updated": lambda data: {"order": data.order_id, "payments": data.customer_id},
    "wallet.updated": lambda data: {"payments": data.customer_id},
    "product.updated": lambda data: {"product": data.product_id},
    "shop.updated": lambda data: {"shop": data.shop_id},
    "tag.updated": lambda data: {"tag": data.tag_id, "tags": data.customer_id},
    "suggestion.updated": lambda data: {"suggestion": data.suggestion_id, "suggestions": data.customer_id},
    "view.updated": lambda data: {"views": data.customer_id},
}

_decoder = msgspec.json.Decoder(Event | list[Event])


def decode(body: bytes) -> Sequence[Event]:
    """Return the event, or the batch of events, in a body; raises ``msgspec.DecodeError`` or ``UnicodeDecodeError``."""
    try:
        found = _decoder.decode(body)
    except RecursionError:
        # Also in what is ignored.
        raise msgspec.DecodeError("it is nested too deeply") from None
    return found if isinstance(found, list) else [found]


def tags_of(events: Sequence[Event]) -> Sequence[str]:
    """Return what these events invalidate. A type that is not known invalidates nothing."""
    tags: dict[str, None] = {}
    for event in events:
        rule = _RULES.get(event.type)
        if rule is not None:
            tags.update({f"{kind}:{thing}": None for kind, thing in rule(event.data).items() if thing is not None})
    return list(tags)
