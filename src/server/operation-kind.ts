import { type DocumentNode, getOperationAST, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'
import type { OperationKind } from './server-observer.ts'

/** By operation: parsed documents are kept, so each is looked at once. */
const kinds = new WeakMap<OperationDefinitionNode, OperationKind>()

const OF_FIELDS: { readonly [operationAndField: string]: OperationKind } = {
  'mutation recordEvent': 'recordEvent',
  'mutation recordEvents': 'recordEvents',
  'query recommendations': 'recommendations',
  'subscription recommendations': 'subscribeRecommendations',
}

/** Returns the kind of an operation of a valid document, by its first field. */
export function kindOf(document: DocumentNode, operationName: string | null | undefined): OperationKind {
  const operation = getOperationAST(document, operationName)
  if (!operation) return 'other'
  let kind = kinds.get(operation)
  if (kind === undefined) {
    kind = OF_FIELDS[`${operation.operation} ${firstField(document, operation.selectionSet)}`] ?? 'other'
    kinds.set(operation, kind)
  }
  return kind
}

/** Name of the first field but `__typename`, fragments included. In a valid document, no fragment contains itself. */
function firstField(document: DocumentNode, { selections }: SelectionSetNode): string | undefined {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') return selection.name.value
      continue
    }
    const within =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragmentOf(document, selection.name.value)?.selectionSet
    const found = within && firstField(document, within)
    if (found !== undefined) return found
  }
  return undefined
}

function fragmentOf({ definitions }: DocumentNode, name: string) {
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition
  return undefined
}
