"""The columns that the seed writes, by table; columns that a later migration adds keep their defaults."""

from typing import Final

_ADDRESS = "name line1 line2 line3 city region postal_code country_code"
_PAYMENT_MEANS = "method brand last4"
_SOURCE = "source_channel source_creator_handle"

ORDER_TABLES: Final = {
    "customers": "id display_name handle avatar_url member_since region",
    "shops": "id name handle logo_url url rating verified currency",
    "products": "id shop_id title description category image_url url currency price compare_at_price rating"
    " rating_count in_stock",
    "addresses": f"id customer_id {_ADDRESS}",
    "orders": "id customer_id shop_id number confirmation_number status financial_status fulfillment_status placed_at"
    " updated_at cancelled_at cancel_reason delivered_at received_at reviewed archived unread_updates note currency"
    " subtotal total_discount total_shipping total_tax total_tip total total_thousandths shipping_address_id"
    " billing_address_id search_text",
    "line_items": "id order_id position product_id title variant_title image_url sku quantity fulfilled_quantity"
    f" refundable_quantity unit_price total_discount total {_SOURCE}",
    "discounts": "line_item_id position title amount",
    "shipments": "id order_id customer_id position carrier tracking_number tracking_url status estimated_delivery_at"
    " shipped_at delivered_at",
    "shipment_items": "shipment_id position line_item_id quantity",
    "tracking_events": "shipment_id position status happened_at message place",
    "timeline_events": "order_id position id kind happened_at actor actor_name message",
    "invoices": "id order_id number issued_at url",
    "returns": "id order_id customer_id number status reason note requested_at updated_at closed_at decline_reason"
    " currency refund_amount",
    "return_items": "return_id position line_item_id title quantity",
    "checkouts": "id customer_id shop_id state url created_at updated_at currency total",
    "checkout_items": "checkout_id position product_id title quantity unit_price image_url",
}

PAYMENT_TABLES: Final = {
    "ledgers": "order_id customer_id financial_status currency total authorized captured refunded outstanding",
    "transactions": f"id order_id customer_id kind status currency amount {_PAYMENT_MEANS} created_at failure_reason",
    "refunds": "id order_id customer_id transaction_id currency amount reason created_at",
    "refund_items": "refund_id position line_item_id quantity amount",
    "payment_methods": f"id customer_id {_PAYMENT_MEANS} expiry_month expiry_year is_default created_at",
}

RECS_TABLES: Final = {
    "products": "id title search_text currency price in_stock",
    "tags": f"id customer_id product_id note price_when_tagged in_stock_when_tagged tagged_at {_SOURCE}",
    "tag_labels": "tag_id position label",
    "suggestions": f"id customer_id product_id reason because_product_id because_order_id score placement {_SOURCE}",
    "views": f"id customer_id product_id viewed_at {_SOURCE}",
}
