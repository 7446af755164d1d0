// The three composers.
import { composeServices as composeByApollo } from '@apollo/composition'
import { composeServices as composeByGuild } from '@theguild/federation-composition'
import { federateSubgraphs } from '@wundergraph/composition'
import { print } from 'graphql'

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
