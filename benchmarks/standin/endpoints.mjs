// The reads of the three services: path to a function from a key to the JSON of its row's value, undefined for what
// does not exist. Ids tell whose and what they are, so a million customers need no table. transactions:search is the one
// endpoint of the contract that is not served.
import { productRows, shopRows } from './catalogue.mjs';
import { KINDS, SLOTS, kinds } from './person.mjs';
import { pad } from './random.mjs';
import { Template, binary } from './template.mjs';

const CUSTOMERS = 1_000_000;
const LIST = 1000;
const NEWEST_YEAR = 2025;
const FIRST_NAMES = ['Ada', 'Ben', 'Carla', 'Dev', 'Elif', 'Finn', 'Grace', 'Hana', 'Ivo', 'Kai', 'Lena', 'Nora', 'Omar', 'Priya', 'Zoë', 'Łukasz'];
const REGIONS = ['DE', 'NL', 'GB', 'SE', 'US'];

// A key that cannot be served; the other keys of the batch are unaffected.
export class KeyError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const exists = (digits) => Number(digits) >= 1 && Number(digits) <= CUSTOMERS;

function customerDigits(id) {
  const digits = /^cus_(\d{1,7})$/.exec(id)?.[1];
  return digits !== undefined && exists(digits) ? digits : undefined;
}

function item(name, digits, place) {
  const text = `${digits}x${pad(place, 4)}`;
  return kinds[Number(digits) % KINDS][place % SLOTS][name].render(digits, text, String(NEWEST_YEAR - Math.floor(place / SLOTS)));
}

// Reads one thing by an id such as ord_0001x0000: the prefix, the customer's digits, the place in their list.
function byId(pattern, name, take = (row) => row) {
  return (id) => {
    const [, digits, place] = pattern.exec(id) ?? [];
    return digits !== undefined && exists(digits) && Number(place) < LIST ? take(item(name, digits, Number(place)), id) : undefined;
  };
}

// One of the things within a row, for ids that are seldom asked.
const within = (list) => (row, id) => {
  const found = JSON.parse(row)[list].find((one) => one.id === id);
  return found && JSON.stringify(found);
};

function customer(id) {
  const digits = customerDigits(id);
  if (digits === undefined) return undefined;
  const number = Number(digits);
  return binary({
    id,
    displayName: `${FIRST_NAMES[number % FIRST_NAMES.length]} No. ${number}`,
    handle: `customer${digits}`,
    avatarUrl: number % 10 === 3 ? null : `https://cdn.example.com/avatars/${id}/256.webp`,
    memberSince: `${2016 + (number % 9)}-0${1 + (number % 9)}-11T08:15:00Z`,
    region: REGIONS[number % REGIONS.length],
  });
}

const ownedBy = (make) => (id) => (customerDigits(id) === undefined ? undefined : make.render(customerDigits(id)));
const badges = new Template({ customerId: 'cus_@C@', toPay: 0, toShip: 1, toReceive: 1, toReview: 4, returns: 0, cancelled: 0, unreadUpdates: 2 });
const card = { id: 'pm_@C@a', customerId: 'cus_@C@', method: 'CARD', brand: 'Visa', last4: '4242', expiryMonth: 12, expiryYear: 2030, isDefault: true, createdAt: '2024-02-01T10:00:00Z' };
const wallet = new Template({ customerId: 'cus_@C@', paymentMethods: [card] });
const method = new Template(card);
const noReturns = new Template({ orderId: 'ord_@O@', customerId: 'cus_@C@', returns: [] });

// The place that a position names; `otherwise` without one.
function placeOf(position, otherwise) {
  if (position === null || position === undefined) return otherwise;
  const place = /^p(\d{1,4})$/.exec(position)?.[1];
  if (place === undefined) throw new KeyError('INVALID_POSITION');
  return Number(place);
}

// Lists are kept in their default order only, and no index serves a filter or a search.
function check(query, sort) {
  const filtered = Object.values(query.filter ?? {}).some((one) => one !== null);
  const sorted = (query.sort ?? sort) !== sort || query.descending === false;
  const sized = Number.isInteger(query.limit) && query.limit >= 1 && query.limit <= 1000;
  if (filtered || sorted || !sized || (query.search ?? null) !== null) throw new KeyError('INVALID_ARGUMENT');
}

function search(name, length, sort) {
  return (query) => {
    check(query, sort);
    const digits = customerDigits(query.customerId);
    const count = digits === undefined ? 0 : length;
    let from = placeOf(query.after, -1) + 1;
    let to = Math.min(placeOf(query.before, count), count);
    if (query.backward) from = Math.max(from, to - query.limit);
    else to = Math.min(to, from + query.limit);
    let items = '';
    let positions = '';
    for (let place = from; place < to; place++) {
      items += (place === from ? '' : ',') + item(name, digits, place);
      positions += `${place === from ? '' : ','}"p${place}"`;
    }
    return `{"customerId":${binary(query.customerId)},"items":[${items}],"positions":[${positions}],"hasNext":${Math.max(from, to) < count},"hasPrevious":${from > 0 && count > 0},"totalCount":${count}}`;
  };
}

const nothing = () => undefined;
const ORDER = /^ord_(\d{1,7})x(\d{4})$/;

export const endpoints = new Map(Object.entries({
  '/order/v1/customers:batchGet': customer,
  '/order/v1/badges:batchGet': ownedBy(badges),
  '/order/v1/shops:batchGet': (id) => shopRows.get(id),
  '/order/v1/products:batchGet': (id) => productRows.get(id),
  '/order/v1/orders:batchGet': byId(ORDER, 'order'),
  '/order/v1/orders:batchGetByNumber': byId(/^#(\d{1,7})x(\d{4})$/, 'order'),
  '/order/v1/orders:search': search('order', LIST, 'PLACED_AT'),
  '/order/v1/timelines:batchGet': byId(ORDER, 'timeline'),
  '/order/v1/shipments:batchGet': byId(/^shm_(\d{1,7})x(\d{4})$/, 'order', within('shipments')),
  '/order/v1/returns:batchGet': nothing,
  '/order/v1/returns:batchGetByOrder': (id) => {
    const [, digits, place] = ORDER.exec(id) ?? [];
    return digits !== undefined && exists(digits) ? noReturns.render(digits, `${digits}x${place}`) : undefined;
  },
  '/order/v1/returns:search': search('order', 0, 'REQUESTED_AT'),
  '/order/v1/checkouts:batchGet': nothing,
  '/order/v1/checkouts:search': search('order', 0, 'UPDATED_AT'),
  '/payment/v1/ledgers:batchGetByOrder': byId(ORDER, 'ledger'),
  '/payment/v1/transactions:batchGet': byId(/^pay_(\d{1,7})x(\d{4})[ab]$/, 'ledger', within('transactions')),
  '/payment/v1/refunds:batchGet': byId(/^rfd_(\d{1,7})x(\d{4})$/, 'ledger', within('refunds')),
  '/payment/v1/paymentMethods:batchGet': (id) => ownedBy(method)(/^pm_(\d{1,7})a$/.test(id) ? `cus_${id.slice(3, -1)}` : ''),
  '/payment/v1/wallets:batchGet': ownedBy(wallet),
  '/recs/v1/tags:batchGet': byId(/^tag_(\d{1,7})x(\d{4})$/, 'tag'),
  '/recs/v1/tags:search': search('tag', LIST, 'TAGGED_AT'),
  '/recs/v1/suggestions:batchGet': byId(/^sug_(\d{1,7})x(\d{4})$/, 'suggestion'),
  '/recs/v1/suggestions:search': search('suggestion', LIST, 'SCORE'),
  '/recs/v1/views:search': search('view', LIST, 'VIEWED_AT'),
}));
