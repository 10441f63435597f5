import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel } from './error.ts'

export const NotFoundError = builder.objectRef<ErrorModel>('NotFoundError').implement({ interfaces: [ErrorInterface] })
