// The loyalty team: points of a person, and what an order earns, for which it needs the order's total.
import { serve } from './subgraph.mjs'

const typeDefs = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])

  type User @key(fields: "id") {
    id: ID!
    loyaltyPoints: Int!
  }

  type Order @key(fields: "id") {
    id: ID!
    total: Money! @external
    pointsEarned: Int! @requires(fields: "total { amount currencyCode }")
  }

  type Money @shareable {
    amount: Decimal!
    currencyCode: CurrencyCode!
  }

  scalar Decimal
  scalar CurrencyCode
`

const resolvers = {
  User: { __resolveReference: ({ id }) => ({ id }), loyaltyPoints: ({ id }) => id.length * 10 },
  Order: {
    __resolveReference: (order) => order,
    pointsEarned: ({ total }) => (total.currencyCode === 'JPY' ? 1 : 100) * Math.floor(Number(total.amount)),
  },
}

export const loyalty = () => serve({ typeDefs, resolvers })
