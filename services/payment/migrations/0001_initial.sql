-- Money is INTEGER minor units of the row's currency; times are INTEGER unix seconds in UTC.
-- Orders, line items and customers belong to the order service: their ids are kept here without a foreign key.

CREATE TABLE ledgers (
    order_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    financial_status TEXT NOT NULL CHECK (financial_status IN (
        'PENDING', 'AUTHORIZED', 'PARTIALLY_PAID', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'VOIDED', 'EXPIRED')),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    total INTEGER NOT NULL CHECK (total >= 0),
    -- Sums of the successful AUTHORIZATIONs, CHARGEs and REFUNDs below.
    authorized INTEGER NOT NULL CHECK (authorized >= 0),
    captured INTEGER NOT NULL CHECK (captured >= 0),
    refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND captured),
    outstanding INTEGER NOT NULL CHECK (outstanding >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE transactions (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES ledgers (order_id),
    customer_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('AUTHORIZATION', 'CHARGE', 'REFUND', 'VOID', 'CHARGEBACK')),
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'FAILURE', 'ACTION_REQUIRED')),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    method TEXT NOT NULL CHECK (method IN ('CARD', 'WALLET', 'BANK_TRANSFER', 'PAY_LATER', 'GIFT_CARD', 'CASH_ON_DELIVERY')),
    brand TEXT,
    last4 TEXT CHECK (last4 GLOB '[0-9][0-9][0-9][0-9]'),
    created_at INTEGER NOT NULL,
    failure_reason TEXT
) STRICT;

CREATE INDEX transactions_by_order ON transactions (order_id, created_at, id);
CREATE INDEX transactions_by_created_at ON transactions (customer_id, created_at, id);
CREATE INDEX transactions_by_kind ON transactions (customer_id, kind, status);

CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES ledgers (order_id),
    customer_id TEXT NOT NULL,
    transaction_id TEXT REFERENCES transactions (id),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX refunds_by_order ON refunds (order_id, created_at, id);

CREATE TABLE refund_items (
    refund_id TEXT NOT NULL REFERENCES refunds (id),
    position INTEGER NOT NULL,
    line_item_id TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (refund_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_methods (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('CARD', 'WALLET', 'BANK_TRANSFER', 'PAY_LATER', 'GIFT_CARD', 'CASH_ON_DELIVERY')),
    brand TEXT,
    last4 TEXT CHECK (last4 GLOB '[0-9][0-9][0-9][0-9]'),
    expiry_month INTEGER CHECK (expiry_month BETWEEN 1 AND 12),
    expiry_year INTEGER,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX payment_methods_by_customer ON payment_methods (customer_id, created_at, id);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (customer_id) WHERE is_default = 1;
