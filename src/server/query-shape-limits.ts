import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql'
import { fragmentsOf } from './parsed-documents.ts'

/** Maximum number of characters of a document. */
export const MAX_CHARACTERS = 100_000
/** Maximum number of tokens of a document. GraphiQL's introspection query has 370; the largest example operation has 230. */
export const MAX_TOKENS = 2000
/** Maximum number of lines of a document. An error counts the lines before its place. */
export const MAX_LINES = 1000
/** Maximum depth of nested fields, fragments included. GraphiQL's introspection query has 15. */
export const MAX_DEPTH = 16
/** Maximum number of aliases of a document. Each could repeat the work of an expensive field. */
export const MAX_ALIASES = 100
/** Maximum number of characters of an alias. The answer repeats it for each entry of a list. */
export const MAX_ALIAS_CHARACTERS = 100
/** Maximum number of characters of any other name, such as of an operation or a fragment. */
export const MAX_NAME_CHARACTERS = 255
/** Number of characters of a long name that a message shows. */
const SHOWN_CHARACTERS = 20
/** Maximum number of directives of a document, such as `@include`. */
export const MAX_DIRECTIVES = 50
/**
 * Maximum number of comparisons that a document needs: OTHER_COMPARISONS, and COMPARISONS_A_CHARACTER for each character. So the time of
 * all that looks at a document is linear in its size.
 */
export const MAX_COMPARISONS = 20_000
const OTHER_COMPARISONS = 2000
const COMPARISONS_A_CHARACTER = 2

/**
 * Compares the shape of a document with the limits. It needs no schema, so it runs before validation, which compares each two fields with
 * the same name at the same place.
 * @returns how many comparisons the document needs, or a sentence about the limit that it exceeds
 */
export function countComparisons(document: DocumentNode): number | string {
  const { body = '' } = document.loc?.source ?? {}
  let aliases = 0
  let directives = 0
  let longName: string | undefined
  visit(document, {
    Field: ({ alias }) => {
      if (!alias) return
      aliases++
      longName ??= lengthProblem('alias', alias.value, MAX_ALIAS_CHARACTERS)
    },
    Name: ({ value }) => {
      longName ??= lengthProblem('name', value, MAX_NAME_CHARACTERS)
    },
    Directive: () => {
      directives++
    },
  })
  if (longName !== undefined) return longName
  if (aliases > MAX_ALIASES)
    return `The document has ${aliases} aliases; at most ${MAX_ALIASES} are allowed: send several operations, or ask for a list.`
  if (directives > MAX_DIRECTIVES)
    return `The document has ${directives} directives; at most ${MAX_DIRECTIVES} are allowed: leave out the fields that you do not need.`
  const fragments = fragmentsOf(document)
  const depth = depthOf(document, fragments)
  if (depth > MAX_DEPTH)
    return `The document nests ${depth} fields; at most ${MAX_DEPTH} are allowed: ask for the inner fields in another operation.`
  const most = Math.min(OTHER_COMPARISONS + COMPARISONS_A_CHARACTER * body.length, MAX_COMPARISONS)
  const left = new Comparisons(fragments, most).leftBy(document)
  if (left < 0) return `The document needs more than ${most} comparisons: select each field once, and spread fewer fragments.`
  return most - left
}

/** What is selected at one place of an answer. */
interface Place {
  fields: number
  /** The fields by their names in the answer, and what they select. */
  readonly named: Map<string, { fields: number; readonly sets: SelectionSetNode[] }>
  /** Names of fragments. */
  readonly spread: Set<string>
}

/**
 * Counts the selections that an operation or a fragment visits when all its fragments are spread, and the pairs of those that have to be
 * compared: fields of one name at one place, and fragments at one place. Fields of one name are one place for what they select. The
 * executor visits the same selections. Stops at the limit.
 */
class Comparisons {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  #left: number

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>, most: number) {
    this.#fragments = fragments
    this.#left = most
  }

  /** Returns how many of the comparisons are left after those of a document; less than 0 if there are too many. */
  leftBy({ definitions }: DocumentNode): number {
    for (const definition of definitions) if ('selectionSet' in definition) this.#compare([definition.selectionSet], 1)
    return this.#left
  }

  /** @param nesting a fragment that contains itself is left to validation, which refuses it */
  #compare(sets: readonly SelectionSetNode[], nesting: number): void {
    if (nesting > MAX_DEPTH) return
    const place: Place = { fields: 0, named: new Map(), spread: new Set() }
    for (const set of sets) this.#collect(set, place)
    const { named, spread, fields } = place
    this.#left -= (spread.size * (spread.size + fields)) / 2
    for (const { fields: alike } of named.values()) this.#left -= (alike * (alike - 1)) / 2
    for (const { sets: inside } of named.values()) if (inside.length > 0 && this.#left >= 0) this.#compare(inside, nesting + 1)
  }

  #collect({ selections }: SelectionSetNode, place: Place): void {
    for (const selection of selections) {
      if (--this.#left < 0) return
      if (selection.kind === Kind.FIELD) {
        place.fields++
        const name = selection.alias?.value ?? selection.name.value
        const alike = place.named.get(name) ?? { fields: 0, sets: [] }
        place.named.set(name, alike)
        alike.fields++
        if (selection.selectionSet) alike.sets.push(selection.selectionSet)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) this.#collect(selection.selectionSet, place)
      else if (!place.spread.has(selection.name.value)) {
        place.spread.add(selection.name.value)
        const fragment = this.#fragments.get(selection.name.value)
        if (fragment) this.#collect(fragment.selectionSet, place)
      }
    }
  }
}

function lengthProblem(kind: 'alias' | 'name', name: string, most: number): string | undefined {
  if (name.length <= most) return undefined
  return `The ${kind} ${name.slice(0, SHOWN_CHARACTERS)}… has ${name.length} characters; at most ${most} are allowed: choose a shorter one.`
}

/** The longest chain of fields of any operation. A fragment that contains itself is left to validation, which refuses it. */
function depthOf({ definitions }: DocumentNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  const known = new Map<string, number>()
  const ofFragment = (name: string): number => {
    const found = known.get(name)
    if (found !== undefined) return found
    known.set(name, 0)
    const fragment = fragments.get(name)
    const depth = fragment ? ofSelections(fragment.selectionSet) : 0
    known.set(name, depth)
    return depth
  }
  const ofSelections = ({ selections }: SelectionSetNode): number =>
    selections.reduce((deepest, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return Math.max(deepest, ofFragment(selection.name.value))
      const inside = selection.selectionSet ? ofSelections(selection.selectionSet) : 0
      return Math.max(deepest, selection.kind === Kind.FIELD ? inside + 1 : inside)
    }, 0)
  return definitions.reduce(
    (deepest, definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? Math.max(deepest, ofSelections(definition.selectionSet)) : deepest,
    0,
  )
}
