import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { passOver } from '../logging/log-error-once.ts'
import type { Context } from '../schema/context.ts'
import { shownErrors } from '../schema/failures.ts'
import { refusedWith } from './coded-error.ts'
import { ERROR_POINTS } from './operation-cost.ts'

/**
 * Bounds the errors of one answer, or of one message of a subscription, whatever failed, and charges for them.
 * `extensions.omittedErrors` says how many more there were.
 */
export function withFewErrors(result: ExecutionResult, context: Context): ExecutionResult {
  const { shown, omitted } = shownErrors(result.errors ?? [])
  context.charge(context, ERROR_POINTS * shown.length)
  const met = new Set<string>()
  for (const { message, originalError } of shown) {
    if (originalError && met.has(message)) passOver(originalError)
    met.add(message)
  }
  return omitted === 0 ? result : { ...result, errors: shown, extensions: { ...result.extensions, omittedErrors: omitted } }
}

/** By operation, the names of variables that may be null, but stand where null is not allowed. */
const known = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>()

/**
 * Returns an error for each variable that is null where null is not allowed. Validation lets such a variable pass if it has a default,
 * or if the argument has one. The executor would fail at the field, once in each row of a list.
 */
export function nullArguments({ schema, document, operationName, variableValues }: ExecutionArgs): readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  const nulls = operation?.variableDefinitions?.filter(({ type, variable: { name }, defaultValue }) => {
    // Where the type itself forbids null, the executor refuses it with its place when it reads the variables.
    if (type.kind === Kind.NON_NULL_TYPE) return false
    const given: unknown = variableValues?.[name.value]
    return given === null || (given === undefined && defaultValue?.kind === Kind.NULL)
  })
  if (!operation || !nulls || nulls.length === 0) return []
  let needed = known.get(operation)
  if (!needed) {
    needed = neverNull(schema, separateOperations(document)[operation.name?.value ?? ''])
    known.set(operation, needed)
  }
  const names = nulls.map(({ variable }) => variable.name.value)
  return names
    .filter((name) => needed.has(name))
    .map((name) =>
      refusedWith('BAD_USER_INPUT', `The variable $${name} is null where an argument may not be null: give it a value.`),
    )
}

function neverNull(schema: GraphQLSchema, document: Parameters<typeof visit>[0]): ReadonlySet<string> {
  const types = new TypeInfo(schema)
  const names = new Set<string>()
  const Variable = ({ name }: { readonly name: { readonly value: string } }) => {
    if (isNonNullType(types.getInputType())) names.add(name.value)
  }
  // Not the definitions, where the variable has no place in an argument yet.
  visit(document, visitWithTypeInfo(types, { VariableDefinition: () => false, Variable }))
  return names
}
