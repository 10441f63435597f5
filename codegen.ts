import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CodegenConfig } from '@graphql-codegen/cli'

const types = {
  scalars: {
    DateTime: { input: 'string | number', output: 'string' },
    JSONObject: '{ [key: string]: unknown }',
    AttributeValue: 'string | number | boolean',
  },
  useTypeImports: true,
  enumsAsTypes: true,
}

const plugins = ['typescript-operations', 'typed-document-node']
const clientTypes = { ...types, scalars: { ...types.scalars, ID: 'string' } }

/** Folders of `web` with operations: `console/user` for those of `web/console/user`. Each gets a file, so that a page loads its own alone. */
const folders = new Set(
  readdirSync(join(import.meta.dirname, 'web'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.graphql'))
    .map(dirname),
)
const webPages = Object.fromEntries(
  [...folders]
    .sort()
    .map((folder) => [
      `web/generated/${folder.replaceAll('/', '-')}.ts`,
      { documents: [`web/${folder}/*.graphql`], plugins, config: clientTypes },
    ]),
)

/** Typed operations from schema.graphql and the operations of the examples, the client and the web pages. Run by `npm run codegen`. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'examples/generated/': { documents: ['examples/**/*.graphql'], preset: 'client', config: types },
    'clients/typescript/src/operations.ts': {
      documents: ['clients/typescript/src/operations.graphql'],
      plugins,
      config: { ...clientTypes, documentMode: 'string' },
    },
    ...webPages,
  },
  ignoreNoDocuments: false,
}

export default config
