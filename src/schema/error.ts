import type { ObjectRef } from '@pothos/core'
import { CLIENT_CODES, type ClientCode, InvalidInputError, ModelContractError, NotFoundError } from '../errors.ts'
import { builder, type SchemaTypes } from './builder.ts'

/** An error as data. GraphQL throws a returned Error, so this is a plain object. */
export interface ErrorModel {
  readonly code: ClientCode
  readonly message: string
  /** Path of the wrong part of the input; undefined if no single part is wrong. */
  readonly field?: string | undefined
}

const described = Object.entries(CLIENT_CODES).map(([code, description]) => [code, { description }] as const)

const ErrorCode = builder.enumType('ErrorCode', {
  description:
    'Code of an error. For a GraphQL error, the code is in `extensions.code`. For an error object in the data, it is in `code`.',
  values: Object.fromEntries(described) as Record<ClientCode, { description: string }>,
})

/** Interface of all errors that are returned as data. */
export const ErrorInterface = builder.interfaceRef<ErrorModel>('Error').implement({
  description:
    'An error that a mutation returns in `data`, not in `errors`. All types of such errors have these fields. Select `... on Error { code message field }` in your operation. You then also get errors of types that a later version of the service adds.',
  fields: (t) => ({
    code: t.expose('code', {
      type: ErrorCode,
      description: 'Code of the error. Let your program decide by this code, not by the message.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to do, in English.' }),
    field: t.string({
      nullable: true,
      description:
        'Path of the wrong part within the `input`, such as `eventAttributes.price`. If the error has an `index`, the path is within the element with this index. Null if no single part is wrong.',
      resolve: ({ field }) => field,
    }),
  }),
})

/** The result of every mutation whose input is wrong. */
export const InvalidInput = builder.objectRef<ErrorModel>('InvalidInputError').implement({
  description: 'The input of the mutation is wrong. Nothing changed. The same input would fail again.',
  interfaces: [ErrorInterface],
})

/** The result of a mutation that names something that does not exist. */
export const NotFound = builder.objectRef<ErrorModel>('NotFoundError').implement({
  description: 'The mutation names something that does not exist, such as a model or a key. Nothing changed.',
  interfaces: [ErrorInterface],
})

type Ref<T> = ObjectRef<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>, T>

const ERROR_TYPES = { BAD_USER_INPUT: 'InvalidInputError', NOT_FOUND: 'NotFoundError', MODEL_CONTRACT: 'ModelContractError' }

/** Returns an error of the input as data. */
export function invalidInput({ message, field }: Pick<InvalidInputError, 'message' | 'field'>): ErrorModel {
  return { code: 'BAD_USER_INPUT', message, field }
}

/**
 * Makes the union that a mutation returns: its payload, or an error that the client can correct.
 * @param mutation name of the mutation, with a capital letter
 * @param errors types of errors beside `InvalidInputError`
 */
export function resultType<P extends object>(mutation: string, payload: Ref<P>, errors: readonly Ref<ErrorModel>[] = []) {
  return builder.unionType(`${mutation}Result`, {
    description: 'The result of the mutation, or an error that says why nothing changed.',
    types: [payload, InvalidInput, ...errors],
    resolveType: (value) => ('code' in value ? ERROR_TYPES[value.code as keyof typeof ERROR_TYPES] : payload.name),
  })
}

/** Returns the result of a mutation, or its error as data if the client can correct it. @throws any other error */
export async function orError<T>(result: () => T | Promise<T>): Promise<T | ErrorModel> {
  try {
    return await result()
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof NotFoundError || error instanceof ModelContractError)
      return { code: error.code as ClientCode, message: error.message, field: error.field }
    throw error
  }
}
