"""Mutations as clients send them, and orders to try them on."""

from tests.support.center import Json, OrderCenter

FIELDS = "userErrors { code field message } idempotencyKey"
ORDERS = """{ viewer { orders(first: 100) { nodes { id number status archived availableActions
    lineItems { id quantity refundableQuantity product { id inStock } } returns { id status } } } } }"""

# What each mutation gives back beside its errors and key.
CHANGED = {
    "cancelOrder": "order { id status cancelReason availableActions }",
    "confirmReceipt": "order { id status availableActions }",
    "archiveOrder": "order { id archived availableActions }",
    "unarchiveOrder": "order { id archived availableActions }",
    "reorder": "checkout { id state items { quantity product { id } } } leftOut",
    "markOrderUpdatesRead": "orderCenter { unreadUpdates }",
    "requestReturn": "return { id status reason note items { lineItemId quantity } order { id availableActions } }",
    "cancelReturn": "return { id status order { id availableActions } }",
    "setDefaultPaymentMethod": "paymentMethods { id isDefault }",
    "tagProduct": "tag { id note labels source { channel creatorHandle } product { id } }",
    "untagProduct": "tag { id }",
    "updateTag": "tag { id note labels }",
    "dismissSuggestion": "suggestion { id }",
}


def mutation(name: str) -> str:
    """The document that sends one mutation."""
    kind = f"{name[0].upper()}{name[1:]}Input!"
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ {CHANGED[name]} {FIELDS} }} }}"


async def change(center: OrderCenter, name: str, *, person: str, **given: object) -> Json:
    """Send a mutation and return its payload."""
    payload: Json = (await center.data(mutation(name), {"input": given}, person=person))[name]
    return payload


async def refused(center: OrderCenter, name: str, *, person: str, **given: object) -> tuple[str, list[str] | None]:
    """Send a mutation that changes nothing and return the code and field of why."""
    payload = await change(center, name, person=person, **given)
    (error,) = payload.pop("userErrors")
    assert payload.pop("idempotencyKey")
    assert not any(payload.values()), payload
    return error["code"], error["field"]


async def order_with(center: OrderCenter, action: str, person: str) -> Json:
    """An order that offers an action."""
    orders = (await center.data(ORDERS, person=person))["viewer"]["orders"]["nodes"]
    found: Json = next(order for order in orders if action in order["availableActions"])
    return found


async def order_without(center: OrderCenter, action: str, person: str) -> Json:
    """An order that does not."""
    orders = (await center.data(ORDERS, person=person))["viewer"]["orders"]["nodes"]
    found: Json = next(order for order in orders if action not in order["availableActions"])
    return found
