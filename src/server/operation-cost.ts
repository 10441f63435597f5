import { createComplexityRule } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLError,
  type GraphQLSchema,
  TypeInfo,
  ValidationContext,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { refusedWith } from './coded-error.ts'
import { variablesProblem } from './variable-limits.ts'

/**
 * Maximum complexity of an operation, in points. A point is about a microsecond of the event loop: one field read from memory.
 * Fields that read the store or rank have a cost of their own, set beside their resolver. A list multiplies the cost of the fields
 * selected in it.
 */
export const MAX_COMPLEXITY = 75_000

/** The cost of an operation in points, or errors that name the exceeded limits. */
export interface Cost {
  readonly errors: readonly GraphQLError[]
  readonly points: number
}

/** The rule looks at the operations of a document, and follows what they select by itself. */
const OPERATIONS_ONLY = { Document: ['definitions'] } as const

/** By document and name of the operation, the costs that are the same with all variables. */
const fixedCosts = new WeakMap<DocumentNode, Map<string, Cost>>()

/**
 * Returns the cost of an operation, or the errors for the limits that it exceeds. Variables of wrong types cause no error here:
 * the execution of the operation reports them.
 */
export function costOf(args: ExecutionArgs): Cost {
  const { schema, document, operationName, variableValues } = args
  const problem = variablesProblem(variableValues)
  if (problem !== undefined) return { errors: [tooComplex(problem)], points: 0 }
  const name = operationName ?? ''
  const known = fixedCosts.get(document)?.get(name)
  if (known) return known
  const cost = computeCost(args)
  if (cost.errors.length === 0 && cost.points > 0 && isFixed(schema, document)) {
    const ofDocument = fixedCosts.get(document) ?? new Map<string, Cost>()
    fixedCosts.set(document, ofDocument.set(name, cost))
  }
  return cost
}

/** Makes the error for an operation that exceeds a limit. */
export function tooComplex(message: string): GraphQLError {
  return refusedWith('QUERY_TOO_COMPLEX', message)
}

function computeCost({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs): Cost {
  let points = 0
  const errors: GraphQLError[] = []
  const rule = createComplexityRule({
    context: contextValue as object,
    variableValues: variableValues ?? {},
    operationName: operationName ?? null,
    validate: ({ complexity }, report) => {
      points = complexity
      if (complexity <= MAX_COMPLEXITY) return
      const cost = Math.ceil(complexity)
      report(
        tooComplex(
          `The operation has a complexity of ${cost}; at most ${MAX_COMPLEXITY} is allowed: ask for fewer entries or fields, or send several operations.`,
        ),
      )
    },
  })
  const context = new ValidationContext(schema, document, new TypeInfo(schema), (error) => {
    if (error.extensions.code === 'QUERY_TOO_COMPLEX') errors.push(error)
  })
  visit(document, rule(context), OPERATIONS_ONLY)
  return { errors, points }
}

/** Returns whether no field of a document has a cost that depends on its arguments. */
function isFixed(schema: GraphQLSchema, document: DocumentNode): boolean {
  let fixed = true
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: () => {
        if (typeof types.getFieldDef()?.extensions.complexity === 'function') fixed = false
      },
    }),
  )
  return fixed
}
