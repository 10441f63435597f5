import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed operations for clients, from schema.graphql and the operations in examples/. Run by `npm run codegen`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['examples/**/*.graphql'],
  generates: {
    'examples/generated/': {
      preset: 'client',
      config: {
        scalars: {
          DateTime: 'string',
          Timestamp: 'number',
          JSONObject: '{ [key: string]: unknown }',
          AttributeValue: 'string | number | boolean',
        },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
  },
  ignoreNoDocuments: false,
}

export default config
