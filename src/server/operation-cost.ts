import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
  type VariableDefinitionNode,
} from 'graphql'
import { refusedWith } from './coded-error.ts'
import { complexityOf } from './complexity.ts'
import { fragmentsOf } from './parsed-documents.ts'
import { MAX_VARIABLE_ERRORS, wrongVariable } from './variable-limits.ts'

/**
 * Maximum complexity of an operation, in points. A point is about a microsecond of the event loop: one field read from memory.
 * Fields that read the store or rank have a cost of their own, set beside their resolver. A list multiplies the cost of the fields
 * selected in it.
 */
export const MAX_COMPLEXITY = 75_000

/** The cost of an operation in points, or the errors for which it is refused. */
export interface Cost {
  readonly errors: readonly GraphQLError[]
  readonly points: number
}

/** By document and name of the operation, the costs that are the same with all variables. */
const fixedCosts = new WeakMap<DocumentNode, Map<string, Cost>>()

/**
 * Returns the cost of an operation of a valid document. Errors say that the operation exceeds a limit, or that its variables are wrong.
 * If the cost does not depend on variables, they are not looked at: the execution reports those that are wrong.
 */
export function costOf(args: ExecutionArgs, suggests = true): Cost {
  const { document, operationName } = args
  const name = operationName ?? ''
  return fixedCosts.get(document)?.get(name) ?? computeCost(args, name, suggests)
}

/** Makes the error for an operation that exceeds a limit. */
export function tooComplex(message: string): GraphQLError {
  return refusedWith('QUERY_TOO_COMPLEX', message)
}

function computeCost(args: ExecutionArgs, name: string, suggests: boolean): Cost {
  const { schema, document, operationName, variableValues, contextValue: context } = args
  const operation = getOperationAST(document, operationName)
  // The execution says that the document has no such operation.
  if (!operation) return { errors: [], points: 0 }
  const definitions: readonly VariableDefinitionNode[] = operation.variableDefinitions ?? []
  const options = { maxErrors: MAX_VARIABLE_ERRORS, hideSuggestions: !suggests }
  const { coerced, errors } = getVariableValues(schema, definitions, variableValues ?? {}, options)
  if (!coerced) return { errors: (errors ?? []).map(wrongVariable), points: 0 }
  const counted = { schema, operation, fragments: fragmentsOf(document), variables: coerced, context }
  const { points, isFixed } = complexityOf(counted)
  if (points > MAX_COMPLEXITY) return { errors: [tooLarge(points)], points: 0 }
  const cost = { errors: [], points }
  if (isFixed) {
    const ofDocument = fixedCosts.get(document) ?? new Map<string, Cost>()
    fixedCosts.set(document, ofDocument.set(name, cost))
  }
  return cost
}

function tooLarge(points: number): GraphQLError {
  return tooComplex(
    `The operation has a complexity of ${Math.ceil(points)}; at most ${MAX_COMPLEXITY} is allowed: ask for fewer entries or fields, or send several operations.`,
  )
}
