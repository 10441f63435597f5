import { hash } from 'node:crypto'
import { type DocumentNode, type FragmentDefinitionNode, Kind } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Memory that a parsed document takes for each of its characters, in bytes. */
export const CHARACTER_BYTES = 150
/** Most documents that stay parsed, and most characters of them. One caller can fill the cache with at most 40 MB. */
const CACHED_DOCUMENTS = 500
const CACHED_CHARACTERS = 2 ** 18
/** Most documents that came once and are remembered by their fingerprints, at about 150 bytes each. */
const SEEN_DOCUMENTS = 4096

/** Documents that are parsed and validated already, and the errors of those that could not be: both from the second time they come. */
export class ParsedDocuments {
  readonly #seen = new LRUCache<string, true>({ max: SEEN_DOCUMENTS })
  readonly documentCache = new RepeatedTexts<DocumentNode>(this.#seen)
  readonly errorCache = new RepeatedTexts<Error>(this.#seen)

  /** Whether a document costs no parsing any more. */
  has(text: string): boolean {
    return this.documentCache.has(text) || this.errorCache.has(text)
  }
}

/**
 * Keeps the values of texts that come again. A stream of new documents would otherwise fill the cache, and each would live long enough to
 * become costly garbage. The size is limited in characters, so that a client cannot fill it with large documents.
 */
class RepeatedTexts<V extends object> {
  readonly #seen: LRUCache<string, true>
  readonly #kept = new LRUCache<string, V>({
    max: CACHED_DOCUMENTS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  })

  /** @param seen fingerprints of the texts that came once */
  constructor(seen: LRUCache<string, true>) {
    this.#seen = seen
  }

  /** Number of characters of the texts that are kept, plus one for each. */
  get size(): number {
    return this.#kept.calculatedSize
  }

  has(text: string): boolean {
    return this.#kept.has(text)
  }

  get(text: string): V | undefined {
    return this.#kept.get(text)
  }

  /** Keeps the value if it is set for the second time. */
  set(text: string, value: V): void {
    const fingerprint = hash('sha256', text, 'base64')
    if (this.#seen.delete(fingerprint)) this.#kept.set(text, value)
    else this.#seen.set(fingerprint, true)
  }
}

/** Returns the fragments of a document by their names. */
export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  return fragments
}
