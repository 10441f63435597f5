import { ForbiddenError } from '../errors.ts'

/**
 * A stream that ends with a refusal as its last message, if it fails with one. A stream that merely fails would take the whole
 * WebSocket with it, and all other operations on it.
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
