import { type ExecutionArgs, type GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { refusedWith } from './coded-error.ts'
import { complexityOf } from './complexity.ts'
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
