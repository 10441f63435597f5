import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel } from './error.ts'

export const NotFoundError = builder.objectRef<ErrorModel>('NotFoundError').implement({
  description: 'The mutation names a model or key that does not exist. Nothing changed.',
  interfaces: [ErrorInterface],
})
