-- Money is INTEGER minor units of the row's (or its order's) currency; times are INTEGER unix seconds in UTC.

CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    display_name TEXT NOT NULL,
    handle TEXT NOT NULL UNIQUE,
    avatar_url TEXT,
    member_since INTEGER NOT NULL,
    region TEXT NOT NULL CHECK (length(region) = 2)
) STRICT, WITHOUT ROWID;

CREATE TABLE shops (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    handle TEXT NOT NULL UNIQUE,
    logo_url TEXT,
    url TEXT NOT NULL,
    rating REAL,
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    currency TEXT NOT NULL CHECK (length(currency) = 3)
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
    id TEXT PRIMARY KEY,
    shop_id TEXT NOT NULL REFERENCES shops (id),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    image_url TEXT,
    url TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    price INTEGER NOT NULL CHECK (price >= 0),
    compare_at_price INTEGER CHECK (compare_at_price > price),
    rating REAL,
    rating_count INTEGER NOT NULL CHECK (rating_count >= 0),
    in_stock INTEGER NOT NULL CHECK (in_stock IN (0, 1))
) STRICT;

-- An order points at the address as it was then: rows are never changed, a new address is a new row.
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT,
    line3 TEXT,
    city TEXT NOT NULL,
    region TEXT,
    postal_code TEXT,
    country_code TEXT NOT NULL CHECK (length(country_code) = 2)
) STRICT;

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    shop_id TEXT NOT NULL REFERENCES shops (id),
    number TEXT NOT NULL UNIQUE,
    confirmation_number TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'UNPAID', 'ON_HOLD', 'AWAITING_SHIPMENT', 'PARTIALLY_SHIPPED', 'AWAITING_COLLECTION', 'IN_TRANSIT', 'DELIVERED',
        'COMPLETED', 'CANCELLED')),
    -- A copy of what the payment service says; it may lag.
    financial_status TEXT NOT NULL CHECK (financial_status IN (
        'PENDING', 'AUTHORIZED', 'PARTIALLY_PAID', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'VOIDED', 'EXPIRED')),
    fulfillment_status TEXT NOT NULL CHECK (fulfillment_status IN ('UNFULFILLED', 'PARTIALLY_FULFILLED', 'FULFILLED')),
    placed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    cancelled_at INTEGER,
    cancel_reason TEXT CHECK (cancel_reason IN ('CUSTOMER', 'INVENTORY', 'PAYMENT', 'FRAUD', 'OTHER')),
    -- When everything had arrived or been collected; the return window starts here.
    delivered_at INTEGER,
    -- When the customer confirmed the receipt.
    received_at INTEGER,
    reviewed INTEGER NOT NULL DEFAULT 0 CHECK (reviewed IN (0, 1)),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    unread_updates INTEGER NOT NULL DEFAULT 0 CHECK (unread_updates >= 0),
    note TEXT,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    subtotal INTEGER NOT NULL,
    total_discount INTEGER NOT NULL CHECK (total_discount >= 0),
    total_shipping INTEGER NOT NULL CHECK (total_shipping >= 0),
    total_tax INTEGER NOT NULL CHECK (total_tax >= 0),
    total_tip INTEGER NOT NULL CHECK (total_tip >= 0),
    total INTEGER NOT NULL,
    -- The total in thousandths of the major unit, so that 12.90 EUR and 1290 JPY sort by amount.
    total_thousandths INTEGER NOT NULL,
    shipping_address_id INTEGER REFERENCES addresses (id),
    billing_address_id INTEGER REFERENCES addresses (id),
    -- Number, shop name and line titles, one per line, after Python's str.casefold().
    search_text TEXT NOT NULL,
    CHECK (total = subtotal - total_discount + total_shipping + total_tax + total_tip),
    CHECK ((cancelled_at IS NULL) = (status <> 'CANCELLED')),
    CHECK ((cancelled_at IS NULL) = (cancel_reason IS NULL))
) STRICT;

CREATE INDEX orders_by_placed_at ON orders (customer_id, placed_at, id);
CREATE INDEX orders_by_updated_at ON orders (customer_id, updated_at, id);
CREATE INDEX orders_by_total ON orders (customer_id, total_thousandths, currency, id);
-- Covers the badges and totalCount under a status filter.
CREATE INDEX orders_by_status ON orders (customer_id, status, archived, reviewed, unread_updates);

CREATE TABLE line_items (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    title TEXT NOT NULL,
    variant_title TEXT,
    image_url TEXT,
    sku TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    fulfilled_quantity INTEGER NOT NULL CHECK (fulfilled_quantity BETWEEN 0 AND quantity),
    refundable_quantity INTEGER NOT NULL CHECK (refundable_quantity BETWEEN 0 AND quantity),
    unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
    total_discount INTEGER NOT NULL CHECK (total_discount >= 0),
    total INTEGER NOT NULL,
    source_channel TEXT CHECK (source_channel IN ('VIDEO', 'LIVE', 'SHOP', 'SEARCH', 'ORDER_CENTER')),
    source_creator_handle TEXT,
    CHECK (total = unit_price * quantity - total_discount)
) STRICT;

CREATE INDEX line_items_by_order ON line_items (order_id, position);

CREATE TABLE discounts (
    line_item_id TEXT NOT NULL REFERENCES line_items (id),
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (line_item_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE shipments (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    position INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT,
    tracking_url TEXT,
    status TEXT NOT NULL CHECK (status IN (
        'CONFIRMED', 'LABEL_PURCHASED', 'CARRIER_PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'ATTEMPTED_DELIVERY',
        'DELAYED', 'DELIVERED', 'READY_FOR_PICKUP', 'PICKED_UP', 'FAILURE')),
    estimated_delivery_at INTEGER,
    shipped_at INTEGER,
    delivered_at INTEGER
) STRICT;

CREATE INDEX shipments_by_order ON shipments (order_id, position);

CREATE TABLE shipment_items (
    shipment_id TEXT NOT NULL REFERENCES shipments (id),
    position INTEGER NOT NULL,
    line_item_id TEXT NOT NULL REFERENCES line_items (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, position)
) STRICT, WITHOUT ROWID;

-- Positions run oldest first.
CREATE TABLE tracking_events (
    shipment_id TEXT NOT NULL REFERENCES shipments (id),
    position INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'CONFIRMED', 'LABEL_PURCHASED', 'CARRIER_PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'ATTEMPTED_DELIVERY',
        'DELAYED', 'DELIVERED', 'READY_FOR_PICKUP', 'PICKED_UP', 'FAILURE')),
    happened_at INTEGER NOT NULL,
    message TEXT NOT NULL,
    place TEXT,
    PRIMARY KEY (shipment_id, position)
) STRICT, WITHOUT ROWID;

-- Positions run oldest first.
CREATE TABLE timeline_events (
    order_id TEXT NOT NULL REFERENCES orders (id),
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'PLACED', 'PAYMENT_AUTHORIZED', 'PAID', 'PAYMENT_FAILED', 'ON_HOLD', 'RELEASED', 'PACKED', 'SHIPPED',
        'READY_FOR_COLLECTION', 'DELIVERED', 'RECEIPT_CONFIRMED', 'CANCELLED', 'RETURN_REQUESTED', 'RETURN_UPDATED',
        'REFUNDED', 'NOTE')),
    happened_at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (actor IN ('CUSTOMER', 'SHOP', 'CARRIER', 'PAYMENT_PROVIDER', 'SUPPORT', 'SYSTEM')),
    actor_name TEXT,
    message TEXT NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoices (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    number TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    url TEXT NOT NULL
) STRICT;

CREATE INDEX invoices_by_order ON invoices (order_id, issued_at, id);

CREATE TABLE returns (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('REQUESTED', 'OPEN', 'DECLINED', 'CANCELED', 'CLOSED')),
    reason TEXT NOT NULL CHECK (reason IN (
        'DAMAGED', 'DEFECTIVE', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'SIZE_OR_FIT', 'CHANGED_MIND', 'OTHER')),
    note TEXT,
    requested_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER,
    decline_reason TEXT,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    refund_amount INTEGER CHECK (refund_amount >= 0)
) STRICT;

CREATE INDEX returns_by_order ON returns (order_id, requested_at, id);
CREATE INDEX returns_by_requested_at ON returns (customer_id, requested_at, id, status);

CREATE TABLE return_items (
    return_id TEXT NOT NULL REFERENCES returns (id),
    position INTEGER NOT NULL,
    line_item_id TEXT NOT NULL REFERENCES line_items (id),
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (return_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkouts (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    shop_id TEXT NOT NULL REFERENCES shops (id),
    state TEXT NOT NULL CHECK (state IN ('OPEN', 'ABANDONED')),
    url TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    total INTEGER NOT NULL CHECK (total >= 0)
) STRICT;

CREATE INDEX checkouts_by_updated_at ON checkouts (customer_id, updated_at, id, state);

CREATE TABLE checkout_items (
    checkout_id TEXT NOT NULL REFERENCES checkouts (id),
    position INTEGER NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
    image_url TEXT,
    PRIMARY KEY (checkout_id, position)
) STRICT, WITHOUT ROWID;
