import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringifyDocument, type TypedDocumentNode } from '@urql/core'
import { type Plugin, runnerImport } from 'vite'

/** The shop also sends the operations of the client for apps. */
const CLIENT = { page: 'shop', path: 'clients/typescript/src/operations.ts' }

/**
 * Writes the texts of the GraphQL operations that each page sends into `operations.json`, exactly as the page sends them. So a service
 * that runs only listed operations can also run those of its own pages.
 * @param root folder of the repository
 */
export function operationsPlugin(root: string): Plugin {
  return {
    name: 'operations',
    apply: 'build',
    async generateBundle() {
      const files = readdirSync(join(root, 'web/generated')).map((name) => ({
        // `console-item.ts` has operations of the page `console`.
        page: /^\w+/.exec(name)![0],
        path: `web/generated/${name}`,
      }))
      const operations: Record<string, string[]> = {}
      for (const { page, path } of [...files, CLIENT]) {
        operations[page] = [...(operations[page] ?? []), ...(await operationsOf(join(root, path)))]
      }
      this.emitFile({ type: 'asset', fileName: 'operations.json', source: JSON.stringify(operations) })
    },
  }
}

/** Returns the texts of the operations in a file that `npm run codegen` wrote: documents of urql, or texts of the client for apps. */
async function operationsOf(path: string): Promise<string[]> {
  const { module } = await runnerImport<Record<string, TypedDocumentNode | string>>(path)
  return Object.entries(module)
    .filter(([name]) => name.endsWith('Document'))
    .map(([, document]) => (isParsed(document) ? stringifyDocument(document) : document.toString()))
}

function isParsed(document: TypedDocumentNode | string): document is TypedDocumentNode {
  return typeof document === 'object' && 'definitions' in document
}
