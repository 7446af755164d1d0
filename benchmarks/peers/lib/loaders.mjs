// A fresh set of DataLoaders per request.
import DataLoader from 'dataloader';
import { cached } from './cache.mjs';
import { batchGet, search } from './services.mjs';

// The contract's greatest batch.
const maxBatchSize = 500;
const listName = ({ customerId, limit }) => `${customerId}:${limit}`;

const entities = (kind, seconds, path) => {
  const fetch = cached((id) => `${kind}:${id}`, seconds, batchGet(path));
  return () => new DataLoader(fetch, { maxBatchSize });
};
const lists = (kind, seconds, path) => {
  const fetch = cached((query) => `${kind}:${listName(query)}`, seconds, search(path));
  return () => new DataLoader(fetch, { maxBatchSize, cacheKeyFn: listName });
};

const customer = entities('customer', 60, '/order/v1/customers:batchGet');
const shop = entities('shop', 300, '/order/v1/shops:batchGet');
const product = entities('product', 300, '/order/v1/products:batchGet');
const ledger = entities('ledger', 5, '/payment/v1/ledgers:batchGetByOrder');
const orders = lists('orders', 5, '/order/v1/orders:search');
const tags = lists('tags', 15, '/recs/v1/tags:search');
const suggestions = lists('suggestions', 60, '/recs/v1/suggestions:search');

export const createLoaders = () => ({
  customer: customer(),
  shop: shop(),
  product: product(),
  ledger: ledger(),
  orders: orders(),
  tags: tags(),
  suggestions: suggestions(),
});
