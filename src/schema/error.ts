import { CLIENT_CODES, type ClientCode } from '../errors.ts'
import { builder } from './builder.ts'

/** An error as data. GraphQL throws a returned Error, so this is a plain object. */
export interface ErrorModel {
  readonly code: ClientCode
  readonly message: string
}

/** An error as data that names the wrong part of the input. */
export interface FieldErrorModel extends ErrorModel {
  readonly field: string | undefined
}

/** Returns an error of the input as data. */
export function invalidInput({
  message,
  field,
}: {
  readonly message: string
  readonly field: string | undefined
}): FieldErrorModel {
  return { code: 'BAD_USER_INPUT', message, field }
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
    'An error that a mutation returns in `data`, not in `errors`. All types of such errors have these fields. Select `... on Error { code message }` in your operation. You then also get errors of types that a later version of the service adds.',
  fields: (t) => ({
    code: t.expose('code', {
      type: ErrorCode,
      description: 'Code of the error. Let your program decide by this code, not by the message.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to do, in English.' }),
  }),
})

export const NotFoundError = builder.objectRef<ErrorModel>('NotFoundError').implement({
  description: 'The mutation names a model or key that does not exist. Nothing changed.',
  interfaces: [ErrorInterface],
})
