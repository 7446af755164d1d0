// The three composers.
import { composeServices as composeByApollo } from '@apollo/composition'
import { composeServices as composeByGuild } from '@theguild/federation-composition'
import { federateSubgraphs } from '@wundergraph/composition'
import { Kind, print, visit } from 'graphql'

const ACCESS = ['authenticated', 'requiresScopes']

// A subgraph without the rules of access that routers may hold for it.
export const withoutAccess = (typeDefs) =>
  visit(typeDefs, {
    Directive: (node) => (ACCESS.includes(node.name.value) ? null : undefined),
    ListValue: (node) => ({
      ...node,
      values: node.values.filter((one) => one.kind !== Kind.STRING || !ACCESS.includes(one.value.slice(1))),
    }),
  })

export function compose(subgraphs) {
  const services = Object.entries(subgraphs).map(([name, { url, typeDefs }]) => ({ name, url, typeDefs }))
  const apollo = composeByApollo(services)
  const guild = composeByGuild(services)
  const wundergraph = federateSubgraphs({
    subgraphs: services.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
    version: '1',
  })
  const messages = ({ errors }) => (errors ?? []).map((error) => error.message)
  return {
    supergraphs: {
      apollo: apollo.supergraphSdl,
      guild: guild.supergraphSdl,
      wundergraph: wundergraph.success ? print(wundergraph.federatedGraphAST) : null,
    },
    errors: { apollo: messages(apollo), guild: messages(guild), wundergraph: messages(wundergraph) },
  }
}
