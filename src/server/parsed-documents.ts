import { type DocumentNode, type FragmentDefinitionNode, Kind } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Memory that a parsed document takes for each of its characters, in bytes. */
export const CHARACTER_BYTES = 150
/** Most documents that stay parsed, and most characters of them. One caller can fill the cache with at most 40 MB. */
const CACHED_DOCUMENTS = 500
const CACHED_CHARACTERS = 2 ** 18

/** Documents that are parsed and validated already, and the errors of those that could not be. */
export class ParsedDocuments {
  readonly documentCache = cacheByText<DocumentNode>()
  readonly errorCache = cacheByText<Error>()

  /** Whether a document costs no parsing any more. */
  has(text: string): boolean {
    return this.documentCache.has(text) || this.errorCache.has(text)
  }
}

/**
 * Makes a cache with document texts as keys. Its size is limited in characters, so that a client cannot fill it with large
 * documents.
 */
function cacheByText<V extends object>(): LRUCache<string, V> {
  return new LRUCache({
    max: CACHED_DOCUMENTS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  })
}

/** Returns the fragments of a document by their names. */
export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  return fragments
}
