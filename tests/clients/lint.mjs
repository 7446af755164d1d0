// Lints a schema by graphql-eslint's rules for Relay, and prints what they find as JSON.
import { readFileSync } from 'node:fs'
import graphql from '@graphql-eslint/eslint-plugin'
import { ESLint } from 'eslint'

const schema = readFileSync(process.argv[2], 'utf8')
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: {
    files: ['**/*.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
    // Not every list is a connection: what a record brings along is short.
    rules: {
      ...graphql.configs['flat/schema-relay'].rules,
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
    },
  },
})
const [{ messages }] = await eslint.lintText(schema, { filePath: 'schema.graphql' })
console.log(JSON.stringify(messages.map(({ ruleId, message, line }) => ({ ruleId, message, line }))))
