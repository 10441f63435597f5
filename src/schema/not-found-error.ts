import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel } from './error.ts'

export const NotFoundError = builder.objectRef<ErrorModel>('NotFoundError').implement({
  description: 'What the operation names does not exist. Nothing changed.',
  interfaces: [ErrorInterface],
})
