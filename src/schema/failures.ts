import { type FieldNode, GraphQLError } from 'graphql'

/** Most errors in one answer. */
export const MAX_ERRORS = 50

/** Stands for each failure beyond the limit. It has a path, so the executor makes no error of its own from it for each row. */
const LEFT_OUT = new GraphQLError('This error is left out, because the answer has too many.', { path: [] })

interface Failures {
  count: number
  /** Fields of the document that the role of the caller may not read. */
  readonly refused: Set<FieldNode>
}

/** By the context of the operation. An answer without failures has no entry. */
const failures = new WeakMap<object, Failures>()

function failuresOf(context: object): Failures {
  const known = failures.get(context)
  if (known) return known
  const none = { count: 0, refused: new Set<FieldNode>() }
  failures.set(context, none)
  return none
}

/** Counts a failure of an answer. Returns what to throw for it: the error itself, or a constant if the answer has enough errors. */
export function failureOf(context: object, error: unknown): unknown {
  return ++failuresOf(context).count > MAX_ERRORS ? LEFT_OUT : error
}

/** Tells whether this is the first refusal of a field of the document in an answer. */
export function isFirstRefusal(context: object, field: FieldNode): boolean {
  const { refused } = failuresOf(context)
  return refused.size < refused.add(field).size
}

/** Ends the counts of an answer: the next message of a subscription has counts of its own. */
export function forgetFailures(context: object): void {
  failures.delete(context)
}

/** The errors that an answer shows, and the number of those that it does not. */
export function shownErrors(errors: readonly GraphQLError[]): {
  readonly shown: readonly GraphQLError[]
  readonly omitted: number
} {
  const shown = errors.filter((error) => error !== LEFT_OUT).slice(0, MAX_ERRORS)
  return { shown, omitted: errors.length - shown.length }
}
