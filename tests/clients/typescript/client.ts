// What a client writes: it compiles where the generated types say what the schema says, and only there.
import type { AnythingQuery, CancelMutationVariables, PageQuery } from './generated'

type Orders = NonNullable<NonNullable<PageQuery['viewer']>['orders']>

export const amounts = (orders: Orders): string[] => orders.nodes.map((order) => order.total.amount)

export const cancel: CancelMutationVariables = { input: { orderId: 'ord_1' } }

export function title(node: NonNullable<AnythingQuery['node']>): string {
  if (node.__typename === 'Order') return node.number
  return node.__typename === 'Product' ? node.title : node.id
}

// @ts-expect-error  payments are null while their service is down
export const paid = (orders: Orders): number => orders.nodes[0]!.payments.length

// @ts-expect-error  a cancellation names its order
export const nothing: CancelMutationVariables = { input: {} }
