import {
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { refusedWith } from './coded-error.ts'
import { fragmentsOf } from './parsed-documents.ts'
import { type Coerced, coerceVariables, withCoerced } from './variables.ts'

/**
 * Maximum complexity of an operation, in points. A point is about a microsecond of the event loop: one field read from memory.
 * Fields that read the store or rank have a cost of their own, set beside their resolver. A list multiplies the cost of the fields
 * selected in it.
 */
export const MAX_COMPLEXITY = 75_000

/** Points for each error of an answer: making it, and writing it into the answer. */
export const ERROR_POINTS = 100

const NONE: readonly GraphQLError[] = []

/** The cost of an operation in points, or the errors for which it is refused. */
export interface Cost {
  readonly errors: readonly GraphQLError[]
  /** Also of an operation that is refused. */
  readonly points: number
  /** The arguments with which the operation is executed. */
  readonly args: ExecutionArgs
}

/** By operation, the points that are the same with all variables. */
const fixedPoints = new WeakMap<OperationDefinitionNode, number>()

/** Returns the cost of an operation of a valid document. Errors say that the operation exceeds a limit, or that its variables are wrong. */
export function costOf(args: ExecutionArgs, suggests = true): Cost {
  const { schema, document, operationName, variableValues, contextValue: context } = args
  const operation = getOperationAST(document, operationName)
  // The execution says that the document has no such operation.
  if (!operation) return { errors: NONE, points: 0, args }
  const variables = coerceVariables(schema, operation.variableDefinitions ?? [], variableValues ?? {}, suggests)
  if (isErrors(variables)) return { errors: variables, points: variables.length * ERROR_POINTS, args }
  let points = fixedPoints.get(operation)
  if (points === undefined) {
    const complexity = complexityOf({ schema, operation, fragments: fragmentsOf(document), variables, context })
    points = complexity.points
    if (points > MAX_COMPLEXITY) return { errors: [tooLarge(points)], points: 0, args }
    if (complexity.isFixed) fixedPoints.set(operation, points)
  }
  return { errors: NONE, points, args: withCoerced(args, operation, variables) }
}

function isErrors(variables: Coerced | readonly GraphQLError[]): variables is readonly GraphQLError[] {
  return Array.isArray(variables)
}

/** Makes the error for an operation that exceeds a limit. */
export function tooComplex(message: string): GraphQLError {
  return refusedWith('QUERY_TOO_COMPLEX', message)
}

function tooLarge(points: number): GraphQLError {
  return tooComplex(
    `The operation has a complexity of ${Math.ceil(points)}; at most ${MAX_COMPLEXITY} is allowed: ask for fewer entries or fields, or send several operations.`,
  )
}

type FieldPoints = number | { readonly field?: number; readonly multiplier?: number }
/** What the schema declares as the `complexity` of a field. */
type Declared = FieldPoints | ((args: object, context: unknown) => FieldPoints)

/** Points of a field for which the schema declares none, such as `__typename`. */
const FIELD = 1
/** Assumed length of a list for which the schema declares no multiplier. */
const ENTRIES = 10

/** What the complexity of an operation depends on. */
interface CountedOperation {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  /** Fragments of the document, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Values of the variables, coerced to their types. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Given to the functions with which the schema declares complexities. */
  readonly context: unknown
}

/** The complexity of an operation. */
interface Complexity {
  readonly points: number
  /** Whether it is the same with all variables. */
  readonly isFixed: boolean
}

/**
 * Returns the complexity of an operation of a valid document, as the plugin of Pothos counts it. Visits each selection once: what a
 * fragment selects has the same points wherever it is spread.
 */
function complexityOf({ schema, operation, fragments, variables, context }: CountedOperation): Complexity {
  const known = new Map<SelectionSetNode, number>()
  let isFixed = true
  const ofSelections = (set: SelectionSetNode, type: GraphQLNamedType | undefined): number => {
    let points = known.get(set)
    if (points !== undefined) return points
    points = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) points += ofField(selection, type)
      else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        const condition = fragment?.typeCondition?.name.value
        if (fragment) points += ofSelections(fragment.selectionSet, condition === undefined ? type : schema.getType(condition))
      }
    }
    known.set(set, points)
    return points
  }
  const ofField = (node: FieldNode, type: GraphQLNamedType | undefined): number => {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined
    if (!field) return FIELD
    let declared = field.extensions.complexity as Declared | undefined
    if (typeof declared === 'function') {
      isFixed = false
      try {
        declared = declared(getArgumentValues(field, node, variables), context)
      } catch (error) {
        // An argument is null that must not be: the field is not resolved, and the answer has this error.
        if (error instanceof GraphQLError) return FIELD
        throw error
      }
    }
    const own = typeof declared === 'number' ? { field: declared } : (declared ?? {})
    const entries = own.multiplier ?? (isListType(getNullableType(field.type)) ? ENTRIES : 1)
    const inside = node.selectionSet ? ofSelections(node.selectionSet, getNamedType(field.type)) : 0
    return (own.field ?? FIELD) + inside * Math.max(entries, 0)
  }
  const points = ofSelections(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined)
  return { points, isFixed }
}
