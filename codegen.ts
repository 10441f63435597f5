import type { CodegenConfig } from '@graphql-codegen/cli'

const types = {
  scalars: {
    DateTime: 'string',
    Timestamp: 'number',
    JSONObject: '{ [key: string]: unknown }',
    AttributeValue: 'string | number | boolean',
  },
  useTypeImports: true,
  enumsAsTypes: true,
}

/** Typed operations for clients, from schema.graphql and the operations of the examples and of the client. Run by `npm run codegen`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'examples/generated/': { documents: ['examples/**/*.graphql'], preset: 'client', config: types },
    'clients/typescript/src/operations.ts': {
      documents: ['clients/typescript/src/operations.graphql'],
      plugins: ['typescript-operations', 'typed-document-node'],
      config: { ...types, scalars: { ...types.scalars, ID: 'string' }, documentMode: 'string' },
    },
  },
  ignoreNoDocuments: false,
}

export default config
