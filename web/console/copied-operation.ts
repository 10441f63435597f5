import { type AnyVariables, type DocumentInput, stringifyDocument, type TypedDocumentNode } from 'urql'

/** A GraphQL operation, with the values of its variables. */
export interface ShownOperation {
  readonly query: DocumentInput
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/** Names an operation that a table was read with. */
export function operation<D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables?: V): ShownOperation {
  return { query, ...(variables && { variables }) }
}

const ADVICE = '# In GraphiQL, move the JSON below into the field Variables, without the signs #.'

/** Writes an operation as text that runs in GraphiQL or with curl: the variables follow as a comment in JSON. */
export function operationText({ query, variables }: ShownOperation): string {
  const text = stringifyDocument(query as Parameters<typeof stringifyDocument>[0]).replace(/^# [^\n]*\n/, '')
  if (!variables || Object.keys(variables).length === 0) return `${text.trim()}\n`
  const json = JSON.stringify(variables, null, 2)
  return `${text.trim()}\n\n${ADVICE}\n# Variables:\n${json.replace(/^/gm, '# ')}\n`
}
