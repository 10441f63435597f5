/**
 * Returns a stream whose messages after the first wait until there are points for them. The source makes a message only on
 * demand, so it makes no more messages than are sent.
 * @param onPaced called for each message that must wait
 * @param take takes the points of a message. Returns 0 if they were there, or after how many ms they are
 */
export function pacedStream<T>(
  source: AsyncIterable<T>,
  take: () => number | Promise<number>,
  onPaced?: () => void,
): AsyncIterableIterator<T> {
  const messages = source[Symbol.asyncIterator]()
  let isFirst = true
  let isOver = false
  let wake: (() => void) | undefined
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  return {
    next: async () => {
      if (!isFirst) {
        let ms = await take()
        if (ms > 0) onPaced?.()
        for (; ms > 0 && !isOver; ms = await take()) await pause(ms)
      }
      isFirst = false
      return isOver ? { done: true, value: undefined } : messages.next()
    },
    return: async () => {
      isOver = true
      wake?.()
      await messages.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
