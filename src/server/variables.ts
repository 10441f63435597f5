import {
  coerceInputValue,
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import type { ClientCode } from '../errors.ts'
import { InvariantError } from '../invariant.ts'

/**
 * Maximum number of values in the variables of an operation: entries of lists and objects at every level. A thousand ordinary
 * events have 15,000.
 */
export const MAX_VALUES = 50_000
/** Error message for variables that hold more than MAX_VALUES values. */
export const TOO_MANY_VALUES = `The variables hold more than ${MAX_VALUES} values: send them in several operations.`
/** Maximum nesting depth of lists and objects in variables. */
export const MAX_NESTING = 64

/**
 * Counts the values in variables. Runs before variables are coerced to their types, which is recursive and takes up to a microsecond per
 * value.
 * @returns the number of values, or a sentence about the limit that the variables exceed
 */
export function countVariables(variables: unknown): number | string {
  let values = 0
  let level: readonly unknown[] = [variables]
  for (let nesting = 0; level.length > 0; nesting++) {
    if (nesting > MAX_NESTING) return `The variables nest more than ${MAX_NESTING} lists and objects: flatten them.`
    const inside: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
      values += entries.length
      if (values > MAX_VALUES) return TOO_MANY_VALUES
      for (const entry of entries) if (typeof entry === 'object' && entry !== null) inside.push(entry)
    }
    level = inside
  }
  return values
}

/** Most errors of wrong variables in one answer. One more says that there are others. */
export const MAX_VARIABLE_ERRORS = 10
/** Most characters of a message. Of a longer one, the middle is left out. */
const MAX_MESSAGE = 1000
/** Most entries of a wrong value, and most characters of a text in it, that a message repeats. */
const SHOWN_ENTRIES = 10
const SHOWN_CHARACTERS = 200
/** A scalar of the schema that takes every value as it is, which costs no call: a time is checked where it is read. */
const ANY = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'DateTime' } } as const

/** Values of variables in the types that an operation declares for them. */
export type Coerced = Readonly<Record<string, unknown>>

/** Ends the coercion: there are enough errors. */
const ENOUGH = Symbol('enough errors')

/**
 * Coerces the variables of an operation to their types. Unlike `getVariableValues` of graphql, it repeats only a part of a wrong value, and
 * looks at each value once, whatever is wrong with it.
 * @returns the values, or at most MAX_VARIABLE_ERRORS + 1 errors
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Coerced,
  suggests: boolean,
): Coerced | readonly GraphQLError[] {
  const coerced: Record<string, unknown> = Object.create(null)
  const errors = new VariableErrors()
  try {
    for (const definition of definitions) coerceVariable(coerced, definition, given, typeOf(schema, definition), errors, suggests)
  } catch (thrown) {
    if (thrown !== ENOUGH) throw thrown
  }
  return errors.all.length > 0 ? errors.all : coerced
}

class VariableErrors {
  readonly all: GraphQLError[] = []
  /** Wrong values as messages show them. An object has an error for each of its wrong fields. */
  #shown: Map<unknown, string> | undefined

  add(message: string, definition: VariableDefinitionNode): void {
    const isOneTooMany = this.all.length === MAX_VARIABLE_ERRORS
    this.all.push(wrongVariable(isOneTooMany ? 'The variables have more errors: only the first are shown.' : message, definition))
    if (isOneTooMany) throw ENOUGH
  }

  addValue(
    path: readonly (string | number)[],
    value: unknown,
    { message }: GraphQLError,
    definition: VariableDefinitionNode,
  ): void {
    this.#shown ??= new Map()
    const text = this.#shown.get(value) ?? shown(value)
    this.#shown.set(value, text)
    const name = definition.variable.name.value
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
    this.add(`Variable "$${name}" got invalid value ${text}${place && ` at "${name}${place}"`}; ${message}`, definition)
  }
}

function coerceVariable(
  coerced: Record<string, unknown>,
  definition: VariableDefinitionNode,
  given: Coerced,
  type: GraphQLInputType,
  errors: VariableErrors,
  suggests: boolean,
): void {
  const name = definition.variable.name.value
  if (!Object.hasOwn(given, name)) {
    if (definition.defaultValue) coerced[name] = valueFromAST(definition.defaultValue, type)
    else if (isNonNullType(type)) errors.add(`Variable "$${name}" of required type "${type}" was not provided.`, definition)
    return
  }
  const value = given[name]
  if (value === null && isNonNullType(type))
    errors.add(`Variable "$${name}" of non-null type "${type}" must not be null.`, definition)
  else
    coerced[name] = coerceInputValue(
      value,
      type,
      (path, wrong, error) => errors.addValue(path, wrong, error, definition),
      !suggests,
    )
}

function typeOf(schema: GraphQLSchema, { type }: VariableDefinitionNode): GraphQLInputType {
  const found = typeFromAST(schema, type)
  if (isInputType(found)) return found
  throw new InvariantError('VARIABLE_WITHOUT_TYPE', 'A variable of a valid document has no type for inputs.')
}

/** Returns the first entries of a value that came as JSON, without what is in them. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shownInside(value)
  const entries = Array.isArray(value)
    ? value.slice(0, SHOWN_ENTRIES).map(shownInside)
    : Object.keys(value)
        .slice(0, SHOWN_ENTRIES)
        .map((key) => `${shortened(key)}: ${shownInside((value as Coerced)[key])}`)
  const isWhole = entries.length < SHOWN_ENTRIES
  const inside = [...entries, ...(isWhole ? [] : ['…'])].join(', ')
  return Array.isArray(value) ? `[${inside}]` : inside === '' ? '{}' : `{ ${inside} }`
}

function shownInside(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value))
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? '[Array]' : '[Object]'
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

/** Makes the error of a variable that does not fit its type. Over HTTP, the status is 400. */
function wrongVariable(message: string, node: VariableDefinitionNode): GraphQLError {
  const half = MAX_MESSAGE / 2
  const short = message.length > MAX_MESSAGE ? `${message.slice(0, half)} … ${message.slice(-half)}` : message
  const code: ClientCode = 'BAD_USER_INPUT'
  return new GraphQLError(short, { nodes: node, extensions: { code, http: { status: 400 } } })
}

/** By operation, its document with variables that take every value as it is. */
const takingAny = new WeakMap<OperationDefinitionNode, DocumentNode>()

/** Returns the arguments with which an operation is executed, so that its coerced variables are not coerced again. */
export function withCoerced(args: ExecutionArgs, operation: OperationDefinitionNode, coerced: Coerced): ExecutionArgs {
  const { variableDefinitions } = operation
  if (!variableDefinitions?.length) return args
  let document = takingAny.get(operation)
  if (!document) {
    // The defaults are in the coerced values.
    const ofAny = {
      ...operation,
      variableDefinitions: variableDefinitions.map(({ kind, variable }) => ({ kind, variable, type: ANY })),
    }
    const definitions = args.document.definitions.map((node) => (node === operation ? ofAny : node))
    document = { ...args.document, definitions }
    takingAny.set(operation, document)
  }
  return { ...args, document, variableValues: coerced }
}
