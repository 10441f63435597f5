import { ForbiddenError } from '../errors.ts'

/**
 * Returns a stream that turns a failure with a refusal into its last message. Otherwise, a failing stream would end the whole
 * WebSocket, with all other operations on it.
 */
export function refusalAsLast<T>(source: AsyncIterable<T>): AsyncIterableIterator<T | ForbiddenError> {
  const messages = source[Symbol.asyncIterator]()
  return {
    next: () =>
      messages.next().catch((error: unknown) => {
        if (error instanceof ForbiddenError) return { done: false, value: error }
        throw error
      }),
    return: async () => {
      await messages.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
