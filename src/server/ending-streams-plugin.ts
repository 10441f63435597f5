import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Authenticator, End } from '../auth/authenticator.ts'
import type { Context } from '../schema/context.ts'
import { refusedWith } from './coded-error.ts'
import type { OpenPerOwner } from './open-per-owner.ts'

/** Messages that tell a caller why its token or key no longer keeps a stream or socket open. */
export const END_MESSAGES: Readonly<Record<End, string>> = {
  expired: 'The token has expired: connect again with a new one.',
  revoked: 'The key was revoked.',
  required: 'This service now needs a token or a key: connect again with one.',
}

const TOO_MANY_STREAMS = 'Too many event streams of this user: end one first, or use one WebSocket for all.'

/**
 * Ends a subscription over server-sent events, with an error as its last message, when the token of its request expires or its key is
 * revoked, or at once if the user has as many streams as allowed. A WebSocket is counted and closed as a whole instead.
 * @param streams counts the streams of devices
 * @param onTooMany called for each stream that is one too many
 */
export function endingStreams(authenticator: Authenticator, streams: OpenPerOwner, onTooMany?: () => void): Plugin<Context> {
  return {
    onSubscribe: ({ args: { contextValue } }) => {
      const { principal, renewToken } = contextValue
      if (renewToken) return
      const { userId } = principal
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) return
          setResult(
            endingStream(result, (end) => {
              const release = userId === undefined ? () => {} : streams.open(userId)
              if (!release) {
                onTooMany?.()
                end({ errors: [refusedWith('RATE_LIMITED', TOO_MANY_STREAMS)] })
                return () => {}
              }
              const stop = authenticator.watch(principal, (why) =>
                end({ errors: [refusedWith('UNAUTHENTICATED', END_MESSAGES[why])] }),
              )
              return () => {
                stop()
                release()
              }
            }),
          )
        },
      }
    },
  }
}

/**
 * Makes a stream that can be ended from outside. Its reader then gets one last message at once.
 * @param source the stream; it is ended too
 * @param watch starts to wait for the end when the first message is asked for; calls `end` with the last message. Returns a
 * function that stops waiting.
 */
function endingStream<T>(source: AsyncIterable<T>, watch: (end: (last: T) => void) => () => void): AsyncIterableIterator<T> {
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
