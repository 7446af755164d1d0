"""What happens next: one step of one order at a time, those first that moved last, so that one can watch them."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from services.common.database import Database, Reader, Writer, asked
from services.common.times import Clock
from services.order.actions import OrderCommand
from services.order.reorder import reorder
from services.simulator import carrier, money, prices, shop

T = TypeVar("T")

_STEPS_BETWEEN_PRICES = 8

# Three orders travel at the same time.
_MOVING = """
    SELECT id, customer_id, number, status, currency, total, financial_status FROM orders
    WHERE customer_id IN (SELECT value FROM json_each(?)) AND (
        status IN ('UNPAID', 'ON_HOLD', 'AWAITING_SHIPMENT')
        OR (status = 'IN_TRANSIT' AND EXISTS (
            SELECT 1 FROM shipments s WHERE s.order_id = orders.id
            AND s.status NOT IN ('DELIVERED', 'FAILURE', 'READY_FOR_PICKUP', 'PICKED_UP')))
        OR (status = 'CANCELLED' AND cancel_reason = 'CUSTOMER'
            AND financial_status IN ('AUTHORIZED', 'PARTIALLY_PAID', 'PAID')))
    ORDER BY updated_at DESC, id LIMIT 3
"""
# Ids of the seed are shorter: this checkout was begun by ordering again.
_BEGUN = """
    SELECT id FROM checkouts
    WHERE customer_id IN (SELECT value FROM json_each(?)) AND state = 'OPEN' AND length(id) = 20
    ORDER BY created_at, id LIMIT 1
"""
_ARRIVED = """
    SELECT customer_id, id FROM orders
    WHERE customer_id IN (SELECT value FROM json_each(?)) AND status IN ('DELIVERED', 'COMPLETED')
    AND EXISTS (SELECT 1 FROM line_items i JOIN products p ON p.id = i.product_id
        WHERE i.order_id = orders.id AND p.in_stock)
    ORDER BY placed_at DESC LIMIT 50
"""


class Moving(NamedTuple):
    """An order that does not stand still."""

    id: str
    customer_id: str
    number: str
    status: str
    currency: str
    total: int
    financial_status: str


class Life:
    """Moves the orders of some people.

    What spans two services is done in two transactions: money first. A step that was cut off between them is found
    again by the state that it left behind.

    Args:
        orders: The order service's database.
        payments: The payment service's.
        recs: The recs service's.
        customers: Whose orders move.
        clock: Tells the time.
    """

    def __init__(
        self, orders: Database, payments: Database, recs: Database, customers: Sequence[str], clock: Clock
    ) -> None:
        self._orders = orders
        self._payments = payments
        self._recs = recs
        self._customers = asked(customers)
        self._clock = clock
        # Which order moves next is no secret.
        self._dice = random.Random()  # noqa: S311
        self._steps = 0

    async def step(self) -> str:
        """Let one thing happen, and say what."""
        self._steps += 1
        if self._steps % _STEPS_BETWEEN_PRICES == 0:
            return await self._reprice()
        begun = await self._read(_BEGUN)
        if begun:
            return await self._change(lambda writer: shop.place(writer, begun[0][0]))
        moving = [Moving(*row) for row in await self._read(_MOVING)]
        if moving:
            return await self._move(self._dice.choice(moving))
        arrived = await self._read(_ARRIVED)
        if not arrived:
            return "nothing moves"
        customer, order = self._dice.choice(arrived)
        await self._change(lambda writer: reorder(writer, OrderCommand(customer_id=customer, order_id=order)))
        return "somebody orders the same again"

    async def _move(self, order: Moving) -> str:
        is_charged = order.status != "AWAITING_SHIPMENT" or order.financial_status == "PAID"
        if order.status == "UNPAID" or not is_charged:
            paid = await self._payments.write(lambda writer: money.charge(writer, order), self._clock())
            return await self._change(lambda writer: shop.pay(writer, order.id, paid))
        if order.status == "CANCELLED":
            status, paid_back = await self._payments.write(lambda writer: money.give_back(writer, order), self._clock())
            return await self._change(lambda writer: shop.settle(writer, order.id, status, paid_back))
        steps: dict[str, Callable[[Writer, str], str]] = {
            "ON_HOLD": shop.release,
            "AWAITING_SHIPMENT": carrier.pack_or_ship,
            "IN_TRANSIT": carrier.scan,
        }
        return await self._change(lambda writer: steps[order.status](writer, order.id))

    async def _reprice(self) -> str:
        change = await self._recs.write(
            lambda writer: prices.change_tagged(writer, self._customers, self._dice), self._clock()
        )
        if change is None:
            return "nobody tagged anything"
        return await self._change(lambda writer: prices.copy(writer, change))

    async def _read(self, sql: str) -> list[Any]:
        def work(reader: Reader) -> list[Any]:
            return reader.rows(sql, (self._customers,))

        return await self._orders.read(work, self._clock())

    async def _change(self, work: Callable[[Writer], T]) -> T:
        return await self._orders.write(work, self._clock())
