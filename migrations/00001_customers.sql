-- +goose Up
-- Who the customers are, what they bought and what they allowed. Money is in minor units of the shop's currency.

CREATE TABLE imports (
    import_id   bigint PRIMARY KEY,
    kind        text NOT NULL,
    source      text NOT NULL,
    file_name   text NOT NULL,
    file_hash   text NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    inserted    bigint NOT NULL CHECK (inserted >= 0),
    updated     bigint NOT NULL CHECK (updated >= 0),
    unchanged   bigint NOT NULL CHECK (unchanged >= 0),
    rejected    bigint NOT NULL CHECK (rejected >= 0)
);
CREATE INDEX imports_by_kind ON imports (kind, finished_at);

CREATE TABLE customers (
    customer_id             bigint PRIMARY KEY CHECK (customer_id >= 0),
    source                  text NOT NULL CHECK (source <> ''),
    external_id             text NOT NULL CHECK (external_id <> ''),
    email                   text CHECK (email <> ''),
    address_hash            bytea,
    first_name              text,
    last_name               text,
    language                text,
    country                 text,
    timezone                text,
    birthday                date,
    signed_up_at            timestamptz,
    postcode                text,
    city                    text,
    customer_group          text,
    acquisition_channel     text,
    acquisition_cost        bigint CHECK (acquisition_cost >= 0),
    subscription_started_at timestamptz,
    subscription_ended_at   timestamptz,
    tags                    text[] NOT NULL,
    notice_at               timestamptz,
    basis_order_id          text,
    basis_category          text,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    erased_at               timestamptz,
    CHECK ((email IS NULL) = (address_hash IS NULL)),
    CHECK (erased_at IS NULL OR email IS NULL)
);
CREATE INDEX customers_by_external_id ON customers (external_id);

-- A second account of one person: its rows live under customer_id.
CREATE TABLE customer_aliases (
    alias_id    bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    source      text NOT NULL,
    external_id text NOT NULL,
    created_at  timestamptz NOT NULL,
    CHECK (alias_id <> customer_id)
);
CREATE INDEX customer_aliases_by_external_id ON customer_aliases (external_id);

-- One person per address: the key of identity is the hash of the normalised address.
CREATE TABLE address_keys (
    address_hash bytea PRIMARY KEY,
    customer_id  bigint NOT NULL
);

CREATE TABLE suppressions (
    address_hash bytea PRIMARY KEY,
    reason       text NOT NULL CHECK (reason <> ''),
    since        timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL
);

-- Append-only, chained per customer by hash: what was allowed or withdrawn, when, and how it is proven.
CREATE TABLE consents (
    customer_id  bigint NOT NULL REFERENCES customers,
    seq          integer NOT NULL CHECK (seq > 0),
    kind         text NOT NULL CHECK (kind IN ('grant', 'withdraw', 'object_marketing', 'object_profiling', 'allow_profiling', 'notice')),
    effective_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    proven       boolean NOT NULL,
    source       text NOT NULL,
    evidence     text NOT NULL,
    prev_hash    bytea NOT NULL,
    hash         bytea NOT NULL,
    PRIMARY KEY (customer_id, seq),
    CHECK (NOT proven OR source <> '')
);

CREATE TABLE products (
    product_id  bigint PRIMARY KEY CHECK (product_id >= 0),
    source      text NOT NULL,
    external_id text NOT NULL,
    name        text NOT NULL,
    category    text,
    price       bigint CHECK (price >= 0),
    cost        bigint CHECK (cost >= 0),
    tax_rate    double precision CHECK (tax_rate >= 0 AND tax_rate < 1),
    url         text,
    image_url   text,
    attributes  jsonb NOT NULL,
    active      boolean NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE orders (
    customer_id  bigint NOT NULL REFERENCES customers,
    order_id     bigint NOT NULL CHECK (order_id >= 0),
    source       text NOT NULL,
    external_id  text NOT NULL,
    ordered_at   timestamptz NOT NULL,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total        bigint NOT NULL CHECK (total >= 0),
    tax          bigint CHECK (tax >= 0),
    shipping     bigint CHECK (shipping >= 0),
    cost         bigint CHECK (cost >= 0),
    discount     bigint NOT NULL CHECK (discount >= 0),
    coupon_code  text,
    delivered_at timestamptz,
    status       text NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'completed', 'cancelled', 'test')),
    imported_at  timestamptz NOT NULL,
    PRIMARY KEY (customer_id, order_id)
);

-- Whose order it is: unique over all customers, so that an order which arrives under another customer moves.
CREATE TABLE order_keys (
    order_id    bigint PRIMARY KEY,
    customer_id bigint NOT NULL
);

-- What happened to an order later; amounts are differences.
CREATE TABLE order_events (
    customer_id  bigint NOT NULL,
    order_id     bigint NOT NULL,
    event_no     integer NOT NULL CHECK (event_no > 0),
    kind         text NOT NULL CHECK (kind IN ('refund', 'cancel', 'reopen')),
    amount       bigint NOT NULL,
    goods_kept   boolean NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (customer_id, order_id, event_no),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON DELETE CASCADE,
    CHECK (kind = 'refund' OR amount = 0)
);

CREATE TABLE order_lines (
    customer_id         bigint NOT NULL,
    order_id            bigint NOT NULL,
    line_no             integer NOT NULL CHECK (line_no > 0),
    product_id          bigint NOT NULL,
    external_product_id text NOT NULL,
    name                text,
    category            text,
    ordered_at          timestamptz,
    quantity            double precision NOT NULL CHECK (quantity > 0),
    unit_price          bigint NOT NULL CHECK (unit_price >= 0),
    unit_cost           bigint CHECK (unit_cost >= 0),
    PRIMARY KEY (customer_id, order_id, line_no),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON DELETE CASCADE
);

-- Complaints, mail of other tools and feedback: what campaigns must know before they write.
CREATE TABLE cases (
    customer_id bigint NOT NULL REFERENCES customers,
    case_id     bigint NOT NULL,
    external_id text NOT NULL,
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    reason      text,
    PRIMARY KEY (customer_id, case_id)
);

CREATE TABLE foreign_mails (
    customer_id bigint NOT NULL REFERENCES customers,
    sent_at     timestamptz NOT NULL,
    kind        text NOT NULL,
    PRIMARY KEY (customer_id, sent_at, kind)
);

-- +goose Down
DROP TABLE foreign_mails, cases, order_lines, order_events, order_keys, orders, products, consents, suppressions,
    address_keys, customer_aliases, customers, imports;
