import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel } from './error.ts'

export const NotFoundError = builder.objectRef<ErrorModel>('NotFoundError').implement({
  description: 'The model or key that the mutation names does not exist. Nothing changed.',
  interfaces: [ErrorInterface],
})
