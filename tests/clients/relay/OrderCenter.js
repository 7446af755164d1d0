import { graphql } from 'relay-runtime'

export const query = graphql`
  query OrderCenterQuery($count: Int!, $cursor: String) {
    viewer {
      id
      displayName
      ...OrderCenter_orders @arguments(count: $count, cursor: $cursor)
      ...OrderCenter_suggestions @defer(label: "suggestions")
    }
  }
`

export const orders = graphql`
  fragment OrderCenter_orders on User
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "OrderCenterOrdersQuery") {
    orders(first: $count, after: $cursor) @connection(key: "OrderCenter_orders") {
      edges {
        node {
          id
          ...OrderCenter_order
        }
      }
    }
  }
`

export const order = graphql`
  fragment OrderCenter_order on Order @refetchable(queryName: "OrderCenterOrderQuery") {
    number
    status
    total { amount currencyCode }
    lineItems { id title }
  }
`

export const suggestions = graphql`
  fragment OrderCenter_suggestions on User {
    suggestions(first: 5) {
      edges { node { id product { title } } }
    }
  }
`

export const cancel = graphql`
  mutation OrderCenterCancelMutation($input: CancelOrderInput!) {
    cancelOrder(input: $input) {
      userErrors { code message }
      order { id status }
    }
  }
`
