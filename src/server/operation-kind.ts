import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { fragmentsOf } from './parsed-documents.ts'
import type { OperationKind } from './server-observer.ts'

/** By operation: parsed documents are kept, so each is looked at once. */
const kinds = new WeakMap<OperationDefinitionNode, OperationKind>()

const OF_FIELDS: { readonly [operationAndField: string]: OperationKind } = {
  'mutation recordEvent': 'recordEvent',
  'mutation recordEvents': 'recordEvents',
  'query recommendations': 'recommendations',
  'subscription recommendations': 'subscribeRecommendations',
}

/** Returns the kind of an operation by its first field. Visits each selection of the document at most once. */
export function kindOf(document: DocumentNode, operationName: string | null | undefined): OperationKind {
  const operation = getOperationAST(document, operationName)
  if (!operation) return 'other'
  let kind = kinds.get(operation)
  if (kind === undefined) {
    const field = firstField(operation.selectionSet, fragmentsOf(document))
    kind = OF_FIELDS[`${operation.operation} ${field}`] ?? 'other'
    kinds.set(operation, kind)
  }
  return kind
}

/**
 * Returns the name of the first field but `__typename`, fragments included.
 * @param unvisited fragments by name. A fragment leaves the map when it is visited: it has no such field, or the search ends with it
 */
function firstField({ selections }: SelectionSetNode, unvisited: Map<string, FragmentDefinitionNode>): string | undefined {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') return selection.name.value
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : unvisited.get(selection.name.value)
    if (selection.kind === Kind.FRAGMENT_SPREAD) unvisited.delete(selection.name.value)
    const found = fragment && firstField(fragment.selectionSet, unvisited)
    if (found !== undefined) return found
  }
  return undefined
}
