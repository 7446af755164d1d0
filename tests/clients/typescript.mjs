// Generates TypeScript types of a client's operations, as graphql-codegen does. Arguments: schema, operations, where to.
import { readFileSync, writeFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as operations from '@graphql-codegen/typescript-operations'
import { parse } from 'graphql'

const [schema, documents, to] = process.argv.slice(2)
const scalars = { DateTime: 'string', Decimal: 'string', CurrencyCode: 'string', CountryCode: 'string', URL: 'string' }
const types = await codegen({
  filename: to,
  schema: parse(readFileSync(schema, 'utf8')),
  documents: [{ location: documents, document: parse(readFileSync(documents, 'utf8')) }],
  config: { strictScalars: true, scalars },
  plugins: [{ operations: {} }],
  pluginMap: { operations },
})
writeFileSync(to, types)
