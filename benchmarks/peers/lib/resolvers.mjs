// The resolver map of all Node peers; what is not named here is a property of its record.
const profile = (field) => async (user, _, { loaders }) => (await loaders.customer.load(user.id))?.[field];
const list = (name) => async (user, { first }, { loaders }) => {
  const page = await loaders[name].load({ customerId: user.id, limit: first ?? 20 });
  return { nodes: page?.items ?? [] };
};
const ledger = (field) => async (order, _, { loaders }) => (await loaders.ledger.load(order.id))?.[field];
const product = (record, _, { loaders }) => loaders.product.load(record.productId);

export const resolvers = {
  Query: {
    // A person by id alone: what hangs from them does not wait for their profile.
    user: (_, { id }) => ({ id }),
  },
  User: {
    displayName: profile('displayName'),
    handle: profile('handle'),
    avatarUrl: profile('avatarUrl'),
    memberSince: profile('memberSince'),
    orders: list('orders'),
    tags: list('tags'),
    suggestions: list('suggestions'),
  },
  Order: {
    shop: (order, _, { loaders }) => loaders.shop.load(order.shopId),
    financialStatus: ledger('financialStatus'),
    payments: ledger('transactions'),
    refunds: ledger('refunds'),
  },
  LineItem: { product },
  Tag: { product },
  Suggestion: { product },
};
