import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql'

/** Maximum number of characters of a document. */
export const MAX_CHARACTERS = 100_000
/** Maximum number of tokens of a document. GraphiQL's introspection query has 370; the largest example operation has 230. */
export const MAX_TOKENS = 2000
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
 * Returns a sentence about the limit that a document exceeds. It needs no schema, so it runs before validation, whose cost grows
 * with the square of the number of fields with the same name.
 * @returns undefined if the document is within all limits
 */
export function documentProblem(document: DocumentNode): string | undefined {
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
  const depth = depthOf(document)
  if (depth > MAX_DEPTH)
    return `The document nests ${depth} fields; at most ${MAX_DEPTH} are allowed: ask for the inner fields in another operation.`
  return undefined
}

function lengthProblem(kind: 'alias' | 'name', name: string, most: number): string | undefined {
  if (name.length <= most) return undefined
  return `The ${kind} ${name.slice(0, SHOWN_CHARACTERS)}… has ${name.length} characters; at most ${most} are allowed: choose a shorter one.`
}

/** The longest chain of fields of any operation. A fragment that contains itself is left to validation, which refuses it. */
function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
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
