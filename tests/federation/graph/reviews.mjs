// The reviews team: what buyers say of a product. It knows products and people by their ids, and nothing else of them.
import { serve } from './subgraph.mjs'

const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    reviewsOf(productIds: [ID!]!): [Review!]!
  }

  type Product @key(fields: "id") {
    id: ID!
    reviews: [Review!]!
  }

  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }

  type Review {
    id: ID!
    stars: Int!
    text: String!
    product: Product
    author: User
  }
`

const reviewsOf = (productId) => [
  { id: `${productId}-1`, stars: 5, text: 'As described.', product: { id: productId }, author: { id: 'cus_5HFS5HFT4T' } },
  { id: `${productId}-2`, stars: 3, text: 'It came late.', product: { id: productId }, author: { id: 'cus_BDNE3Z6DR8' } },
]

const resolvers = {
  Query: { reviewsOf: (_, { productIds }) => productIds.flatMap(reviewsOf) },
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    reviews: ({ id }) => reviewsOf(id),
  },
}

export const reviews = () => serve({ typeDefs, resolvers })
