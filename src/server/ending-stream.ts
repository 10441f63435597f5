/**
 * Makes a stream that can be ended from outside. Its reader then gets one last message at once.
 * @param source the stream; it is ended too
 * @param watch starts to wait for the end when the first message is asked for; calls `end` with the last message. Returns a
 * function that stops waiting.
 */
export function endingStream<T>(
  source: AsyncIterable<T>,
  watch: (end: (last: T) => void) => () => void,
): AsyncIterableIterator<T> {
  const messages = source[Symbol.asyncIterator]()
  let last: { readonly message: T } | undefined
  let isOver = false
  let deliver: ((result: IteratorResult<T>) => void) | undefined
  const over: IteratorResult<T> = { done: true, value: undefined }
  let stop: (() => void) | undefined
  const start = () =>
    watch((message) => {
      if (isOver) return
      last = { message }
      if (deliver) take(deliver)
      void messages.return?.()
    })
  const take = (to: (result: IteratorResult<T>) => void) => {
    deliver = undefined
    isOver = true
    stop?.()
    to({ done: false, value: last!.message })
  }
  return {
    next: () => {
      if (isOver) return Promise.resolve(over)
      stop ??= start()
      return new Promise((resolve, reject) => {
        if (last) return take(resolve)
        deliver = resolve
        messages.next().then(
          (result) => {
            if (deliver !== resolve) return
            deliver = undefined
            if (result.done) isOver = true
            if (isOver) stop?.()
            resolve(result)
          },
          (error) => {
            if (deliver !== resolve) return
            deliver = undefined
            isOver = true
            stop?.()
            reject(error)
          },
        )
      })
    },
    return: async () => {
      isOver = true
      stop?.()
      deliver?.(over)
      await messages.return?.()
      return over
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
