"""Fills a process's memory with orders, as ``python -m tests.support.filled``: what that takes shows in it alone."""

import gc
import os
from pathlib import Path

from downstream.order import ORDER_BY_ID
from downstream.record import Owned
from loaders.memory import ENTRY_BYTES, Entry, Memory
from loaders.weight import Scale

FOREVER = float("inf")
RAW = (
    b'{"id":"%d","customerId":"cus_1","number":"1001","confirmationNumber":"ABCDEF","status":"DELIVERED",'
    b'"fulfillmentStatus":"FULFILLED","placedAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z",'
    b'"cancelledAt":null,"cancelReason":null,"archived":false,"shopId":"shop_1","note":null,'
    b'"subtotal":{"amount":"10.00","currencyCode":"EUR"},"totalDiscount":{"amount":"0.00","currencyCode":"EUR"},'
    b'"totalShipping":{"amount":"1.00","currencyCode":"EUR"},"totalTax":{"amount":"1.00","currencyCode":"EUR"},'
    b'"totalTip":{"amount":"0.00","currencyCode":"EUR"},"total":{"amount":"12.00","currencyCode":"EUR"},'
    b'"lineItems":[],"shippingAddress":null,"billingAddress":null,"shipments":[],"invoices":[],'
    b'"availableActions":["REORDER"]}'
)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print what the memory takes by its own account, and what it takes."""
    memory, scale = Memory(1_000_000_000), Scale()
    shelf = memory.shelf()
    gc.collect()
    before = _resident()
    for number in range(24_000):
        text = RAW % number
        value = ORDER_BY_ID.decode(text)
        key = Owned(value.id, "cus_1")
        name = f"oc3:v:{{cus_1}}:order_by_id:{number}".encode()
        weight = scale.weigh(value, len(text)) + ENTRY_BYTES
        memory.put(Entry(shelf, key, name, value, FOREVER, FOREVER, weight, name + b"\n" + os.urandom(29)))
    print(memory.bytes, _resident() - before)  # noqa: T201  what the test reads


if __name__ == "__main__":
    main()
