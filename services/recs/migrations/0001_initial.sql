-- Money is INTEGER minor units of the product's currency; times are INTEGER unix seconds in UTC.
-- Customers and orders belong to the order service: their ids are kept here without a foreign key.

-- What this service must know of the catalogue to search tags and to see a price drop or a restock.
CREATE TABLE products (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    -- The title after Python's str.casefold().
    search_text TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    price INTEGER NOT NULL CHECK (price >= 0),
    in_stock INTEGER NOT NULL CHECK (in_stock IN (0, 1))
) STRICT;

-- priceDropped: the product's price is below price_when_tagged.
-- backInStock: it was out of stock when tagged and is in stock now.
-- PRICE_DROP sorts by max(0, price_when_tagged - price) * 1000000 / price_when_tagged, an integer share.
CREATE TABLE tags (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    note TEXT,
    price_when_tagged INTEGER NOT NULL CHECK (price_when_tagged > 0),
    in_stock_when_tagged INTEGER NOT NULL CHECK (in_stock_when_tagged IN (0, 1)),
    tagged_at INTEGER NOT NULL,
    source_channel TEXT CHECK (source_channel IN ('VIDEO', 'LIVE', 'SHOP', 'SEARCH', 'ORDER_CENTER')),
    source_creator_handle TEXT,
    UNIQUE (customer_id, product_id)
) STRICT;

CREATE INDEX tags_by_tagged_at ON tags (customer_id, tagged_at, id);

CREATE TABLE tag_labels (
    tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (tag_id, position),
    UNIQUE (tag_id, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE suggestions (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    reason TEXT NOT NULL CHECK (reason IN ('BOUGHT_TOGETHER', 'SIMILAR', 'TAGGED_BEFORE', 'TRENDING', 'VIEWED')),
    because_product_id TEXT REFERENCES products (id),
    because_order_id TEXT,
    score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
    placement TEXT NOT NULL CHECK (placement IN ('ORDER_CENTER', 'ORDER_DETAIL', 'CHECKOUT', 'HOME')),
    source_channel TEXT CHECK (source_channel IN ('VIDEO', 'LIVE', 'SHOP', 'SEARCH', 'ORDER_CENTER')),
    source_creator_handle TEXT,
    -- A dismissed suggestion is no longer answered anywhere.
    dismissed_at INTEGER,
    UNIQUE (customer_id, product_id)
) STRICT;

CREATE INDEX suggestions_by_score ON suggestions (customer_id, score, id) WHERE dismissed_at IS NULL;

CREATE TABLE views (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    viewed_at INTEGER NOT NULL,
    source_channel TEXT CHECK (source_channel IN ('VIDEO', 'LIVE', 'SHOP', 'SEARCH', 'ORDER_CENTER')),
    source_creator_handle TEXT,
    UNIQUE (customer_id, product_id)
) STRICT;

CREATE INDEX views_by_viewed_at ON views (customer_id, viewed_at, id);
