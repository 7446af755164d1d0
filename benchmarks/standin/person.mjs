// What is a person's, as templates. 200 kinds of customers are made; customer n is of kind n mod 200, with ids of its
// own. A kind has 20 orders, tags, suggestions and views, which come again year after year up to 1,000.
import { PRODUCTS_PER_SHOP, money, products, shops } from './catalogue.mjs';
import { Random, pad } from './random.mjs';
import { Template } from './template.mjs';

export const KINDS = 200;
export const SLOTS = 20;
const STATUSES = ['COMPLETED', 'COMPLETED', 'COMPLETED', 'DELIVERED', 'DELIVERED', 'IN_TRANSIT', 'AWAITING_SHIPMENT'];
const VARIANTS = ['Black / S', 'Black / M', 'Sand / L', 'One size', 'Forest / 42', null];
const CARRIERS = ['UPS', 'DHL Express', 'FedEx', 'PostNord', 'USPS'];
const EVENTS = [
  ['LABEL_PURCHASED', 'The shop has bought a label', null],
  ['CARRIER_PICKED_UP', 'The carrier has the parcel', 'Malmö'],
  ['IN_TRANSIT', 'Departed the sorting facility', 'Leipzig'],
  ['DELIVERED', 'Left at the front door', 'Utrecht'],
];
const SOURCES = [null, null, { channel: 'VIDEO', creatorHandle: 'mira.makes' }, { channel: 'SEARCH', creatorHandle: null }];
// The catalogue has this one no more.
const GONE = 'prd_gone';

// Slots are 16 days apart, newest first, and end in November, so that what follows an order is in its year.
function moment(slot, days = 0) {
  const place = (SLOTS - 1 - slot) * 16 + days;
  const date = new Date(Date.UTC(2001, 0, 1 + place, 9, (slot * 7) % 60, (slot * 13) % 60));
  return `@Y@${date.toISOString().slice(4, 19)}Z`;
}

function lineItem(r, slot, place, product, currency, gone) {
  const quantity = r.int(1, 3);
  const discount = r.int(0, 3) === 0 ? Math.floor(product.minor / 10) * quantity : 0;
  const total = product.minor * quantity - discount;
  return {
    gross: product.minor * quantity,
    discount,
    total,
    row: {
      id: `itm_@O@x${place}`,
      productId: gone ? GONE : product.id,
      title: product.title,
      variantTitle: r.pick(VARIANTS),
      imageUrl: `https://cdn.example.com/products/${product.id}/thumb-160.webp`,
      sku: `SKU-${pad(r.int(0, 99_999), 5)}`,
      quantity,
      fulfilledQuantity: quantity,
      refundableQuantity: quantity,
      unitPrice: money(product.minor, currency),
      totalDiscount: money(discount, currency),
      total: money(total, currency),
      discounts: discount ? [{ title: 'Ten off', amount: money(discount, currency) }] : [],
      source: r.pick(SOURCES),
    },
  };
}

function shipment(r, slot, status, items) {
  const events = EVENTS.slice(0, status === 'IN_TRANSIT' ? 3 : 4);
  const tracking = `1Z${pad(r.int(0, 999_999_999), 9)}`;
  return {
    id: 'shm_@O@',
    orderId: 'ord_@O@',
    customerId: 'cus_@C@',
    carrier: r.pick(CARRIERS),
    trackingNumber: tracking,
    trackingUrl: `https://track.example.com/${tracking}`,
    status: events.at(-1)[0],
    estimatedDeliveryAt: moment(slot, 5),
    shippedAt: moment(slot, 2),
    deliveredAt: events.length === 4 ? moment(slot, 4) : null,
    items: items.map(({ row }) => ({ lineItemId: row.id, quantity: row.quantity })),
    events: events.map(([state, message, place], day) => ({ status: state, happenedAt: moment(slot, day + 1), message, place })),
  };
}

function order(kind, slot) {
  const r = new Random(100_000 + kind * SLOTS + slot);
  const shopNumber = r.int(0, shops.length - 1);
  const { row: shop, currency } = shops[shopNumber];
  const status = slot === 0 && kind % 5 === 0 ? 'UNPAID' : slot < 2 ? r.pick(STATUSES) : r.pick(STATUSES.slice(0, 5));
  const items = Array.from({ length: r.pick([2, 2, 3, 3, 2, 3]) }, (_, i) => {
    const product = products[shopNumber * PRODUCTS_PER_SHOP + r.int(0, PRODUCTS_PER_SHOP - 1)];
    return lineItem(r, slot, i + 1, product, currency, kind % 50 === 7 && slot === 3 && i === 0);
  });
  const sum = (name) => items.reduce((total, item) => total + item[name], 0);
  const [shipping, tax] = [r.int(0, 900), r.int(0, 2000)];
  const total = sum('total') + shipping + tax;
  const shipped = status !== 'UNPAID' && status !== 'AWAITING_SHIPMENT';
  const address = { name: r.pick(['Ada Berg', 'Zoë Müller', 'Kai Novak']), lines: [`Main Street ${r.int(1, 200)}`], city: r.pick(['Utrecht', 'Köln', 'Leeds']), region: null, postalCode: String(r.int(10_000, 99_999)), countryCode: r.pick(['NL', 'DE', 'GB']) };
  const row = {
    id: 'ord_@O@',
    customerId: 'cus_@C@',
    number: '#@O@',
    confirmationNumber: `C${pad(r.int(0, 9_999_999), 7)}`,
    status,
    fulfillmentStatus: shipped ? 'FULFILLED' : 'UNFULFILLED',
    placedAt: moment(slot),
    updatedAt: moment(slot, shipped ? 4 : 0),
    cancelledAt: null,
    cancelReason: null,
    archived: false,
    shopId: shop.id,
    note: r.int(0, 5) === 0 ? 'Please leave it with the neighbours.' : null,
    subtotal: money(sum('gross'), currency),
    totalDiscount: money(sum('discount'), currency),
    totalShipping: money(shipping, currency),
    totalTax: money(tax, currency),
    totalTip: money(0, currency),
    total: money(total, currency),
    lineItems: items.map((item) => item.row),
    shippingAddress: address,
    billingAddress: address,
    shipments: shipped ? [shipment(r, slot, status, items)] : [],
    invoices: status === 'UNPAID' ? [] : [{ id: 'inv_@O@', number: 'INV-@O@', issuedAt: moment(slot), url: 'https://docs.example.com/invoices/@O@.pdf' }],
    availableActions: status === 'UNPAID' ? ['PAY', 'CANCEL'] : ['REORDER', 'ARCHIVE'],
  };
  return { row, ledger: ledger(r, slot, total, currency, items, status) };
}

function ledger(r, slot, total, currency, items, status) {
  const owner = { orderId: 'ord_@O@', customerId: 'cus_@C@' };
  const paid = status === 'UNPAID' ? 0 : total;
  const back = status === 'COMPLETED' && r.int(0, 3) === 0 ? items[0].total : 0;
  const card = { method: 'CARD', brand: r.pick(['Visa', 'Mastercard', 'Amex']), last4: pad(r.int(0, 9999), 4) };
  const transaction = (suffix, kind, minor, days) => ({ id: `pay_@O@${suffix}`, ...owner, kind, status: 'SUCCESS', amount: money(minor, currency), ...card, createdAt: moment(slot, days), updatedAt: moment(slot, days), failureReason: null });
  const refund = { id: 'rfd_@O@', ...owner, transactionId: 'pay_@O@b', amount: money(back, currency), reason: 'Sent back', createdAt: moment(slot, 12), items: [{ lineItemId: items[0].row.id, quantity: items[0].row.quantity, amount: money(back, currency) }] };
  return {
    ...owner,
    financialStatus: paid === 0 ? 'PENDING' : back === 0 ? 'PAID' : back === paid ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    authorized: money(0, currency),
    captured: money(paid, currency),
    refunded: money(back, currency),
    outstanding: money(total - paid, currency),
    transactions: [...(paid ? [transaction('a', 'CHARGE', paid, 0)] : []), ...(back ? [transaction('b', 'REFUND', back, 12)] : [])],
    refunds: back ? [refund] : [],
  };
}

function timeline(row) {
  const event = (suffix, kind, happenedAt, actor, message) => ({ id: `evt_@O@${suffix}`, kind, happenedAt, actor, actorName: null, message });
  const events = [event('a', 'PLACED', row.placedAt, 'CUSTOMER', 'The order was placed')];
  if (row.invoices.length) events.push(event('b', 'PAID', row.placedAt, 'PAYMENT_PROVIDER', 'The order was paid'));
  if (row.shipments.length) events.push(event('c', 'SHIPPED', row.shipments[0].shippedAt, 'SHOP', 'The parcel is on its way'));
  return { orderId: row.id, customerId: row.customerId, events };
}

function lists(kind, slot) {
  const r = new Random(200_000 + kind * SLOTS + slot);
  const own = (prefix, product) => ({ id: `${prefix}_@O@`, customerId: 'cus_@C@', productId: product.id });
  const tagged = r.pick(products);
  return {
    tag: { ...own('tag', tagged), note: r.pick(['Birthday idea', 'Wait for the sale', 'Ask about sizes', null]), labels: r.pick([[], ['gift'], ['home', 'later']]), priceWhenTagged: tagged.row.price, priceDropped: r.int(0, 2) === 0, backInStock: r.int(0, 4) === 0, taggedAt: moment(slot), updatedAt: moment(slot), source: r.pick(SOURCES) },
    suggestion: { ...own('sug', r.pick(products)), reason: r.pick(['BOUGHT_TOGETHER', 'SIMILAR', 'TAGGED_BEFORE', 'TRENDING', 'VIEWED']), becauseProductId: r.pick([null, r.pick(products).id]), becauseOrderId: null, score: (999 - slot * 40 - r.int(0, 30)) / 1000, placement: 'ORDER_CENTER', source: null },
    view: { ...own('view', r.pick(products)), viewedAt: moment(slot), source: r.pick(SOURCES) },
  };
}

function slots(kind) {
  return Array.from({ length: SLOTS }, (_, slot) => {
    const { row, ledger: money } = order(kind, slot);
    const { tag, suggestion, view } = lists(kind, slot);
    const rows = { order: row, ledger: money, timeline: timeline(row), tag, suggestion, view };
    return Object.fromEntries(Object.entries(rows).map(([name, one]) => [name, new Template(one)]));
  });
}

export const kinds = Array.from({ length: KINDS }, (_, kind) => slots(kind));
