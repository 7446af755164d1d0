"""`center` written by hand: what somebody would write who had this one query to answer and no GraphQL.

It must say what ``queries/center.graphql`` asks, to the byte; that is checked before anything is timed.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import orjson

from downstream.order import LineItem, Order, OrderQuery
from downstream.payment import Ledger, Refund, Transaction
from downstream.product import Product
from downstream.record import Money, Owned, Page
from downstream.shipment import Shipment
from downstream.shop import Shop
from downstream.suggestion import Suggestion, SuggestionQuery
from downstream.tag import Tag, TagQuery
from downstream.user import Customer
from loaders import Loaders

V = TypeVar("V")
Json = dict[str, object]


async def answer_by_hand(loaders: Loaders, customer: str) -> bytes:
    """Return the body that answers a customer's `center`."""
    orders_key = OrderQuery(customer_id=customer, limit=20)
    tags_key = TagQuery(customer_id=customer, limit=10)
    suggestions_key = SuggestionQuery(customer_id=customer, limit=10)
    person, orders, tags, suggestions = await asyncio.gather(
        loaders.customer_by_id.load(Owned(customer, customer)),
        loaders.orders_by_customer.load(orders_key),
        loaders.tags_by_customer.load(tags_key),
        loaders.suggestions_by_customer.load(suggestions_key),
    )
    bought, tagged, suggested = _items(orders), _items(tags), _items(suggestions)
    product_ids = [item.product_id for order in bought for item in order.line_items]
    product_ids += [one.product_id for one in tagged]
    product_ids += [one.product_id for one in suggested]
    order_keys = [Owned(order.id, order.customer_id) for order in bought]
    products, shops, ledgers = await asyncio.gather(
        loaders.product_by_id.load_all(unique_products := list(dict.fromkeys(product_ids))),
        loaders.shop_by_id.load_all(unique_shops := list({order.shop_id: None for order in bought})),
        loaders.ledger_by_order.load_all(order_keys),
    )
    product_json = {key: _product(one) for key, one in _found(unique_products, products)}
    shop_json = {key: _shop(one) for key, one in _found(unique_shops, shops)}
    ledger_of = dict(_found(order_keys, ledgers))
    user = _profile(person, customer) | {
        "orders": {
            "nodes": [
                _order(order, shop_json, ledger_of[key], product_json)
                for order, key in zip(bought, order_keys, strict=True)
            ]
        },
        "tags": {"nodes": [_tag(one, product_json) for one in tagged]},
        "suggestions": {"nodes": [_suggestion(one, product_json) for one in suggested]},
    }
    return orjson.dumps({"data": {"user": user}})


def _items(page: Page[V] | None) -> Sequence[V]:
    return () if page is None else page.items


def _found(keys: Iterable[object], values: Iterable[V | BaseException | None]) -> Iterable[tuple[object, V]]:
    return (
        (key, value)
        for key, value in zip(keys, values, strict=True)
        if value is not None and not isinstance(value, BaseException)
    )


def _money(money: Money) -> Json:
    return {"amount": money.amount, "currencyCode": money.currency_code}


def _profile(person: Customer | None, customer: str) -> Json:
    if person is None:
        return {"id": customer, "displayName": None, "handle": None, "avatarUrl": None, "memberSince": None}
    return {
        "id": person.id,
        "displayName": person.display_name,
        "handle": person.handle,
        "avatarUrl": person.avatar_url,
        "memberSince": person.member_since,
    }


def _product(product: Product) -> Json:
    return {
        "id": product.id,
        "title": product.title,
        "imageUrl": product.image_url,
        "price": _money(product.price),
        "rating": product.rating,
    }


def _shop(shop: Shop) -> Json:
    return {
        "id": shop.id,
        "name": shop.name,
        "logoUrl": shop.logo_url,
        "rating": shop.rating,
        "verified": shop.verified,
    }


def _order(order: Order, shops: Mapping[object, Json], ledger: Ledger, products: Mapping[object, Json]) -> Json:
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "financialStatus": ledger.financial_status,
        "fulfillmentStatus": order.fulfillment_status,
        "placedAt": order.placed_at,
        "total": _money(order.total),
        "shop": shops.get(order.shop_id),
        "lineItems": [_line_item(item, products) for item in order.line_items],
        "shipments": [_shipment(one) for one in order.shipments],
        "payments": [_payment(one) for one in ledger.transactions],
        "refunds": [_refund(one) for one in ledger.refunds],
    }


def _line_item(item: LineItem, products: Mapping[object, Json]) -> Json:
    return {
        "id": item.id,
        "title": item.title,
        "variantTitle": item.variant_title,
        "imageUrl": item.image_url,
        "quantity": item.quantity,
        "unitPrice": _money(item.unit_price),
        "total": _money(item.total),
        "product": products.get(item.product_id),
    }


def _shipment(shipment: Shipment) -> Json:
    return {
        "id": shipment.id,
        "carrier": shipment.carrier,
        "trackingNumber": shipment.tracking_number,
        "status": shipment.status,
        "estimatedDeliveryAt": shipment.estimated_delivery_at,
        "events": [
            {"status": one.status, "happenedAt": one.happened_at, "message": one.message, "place": one.place}
            for one in shipment.events
        ],
    }


def _payment(payment: Transaction) -> Json:
    return {
        "id": payment.id,
        "kind": payment.kind,
        "status": payment.status,
        "amount": _money(payment.amount),
        "method": payment.method,
        "brand": payment.brand,
        "last4": payment.last4,
        "createdAt": payment.created_at,
    }


def _refund(refund: Refund) -> Json:
    return {
        "id": refund.id,
        "amount": _money(refund.amount),
        "reason": refund.reason,
        "createdAt": refund.created_at,
    }


def _tag(tag: Tag, products: Mapping[object, Json]) -> Json:
    return {
        "id": tag.id,
        "note": tag.note,
        "labels": tag.labels,
        "priceWhenTagged": _money(tag.price_when_tagged),
        "priceDropped": tag.price_dropped,
        "backInStock": tag.back_in_stock,
        "taggedAt": tag.tagged_at,
        "product": products.get(tag.product_id),
    }


def _suggestion(suggestion: Suggestion, products: Mapping[object, Json]) -> Json:
    return {
        "id": suggestion.id,
        "reason": suggestion.reason,
        "score": suggestion.score,
        "placement": suggestion.placement,
        "product": products.get(suggestion.product_id),
    }
