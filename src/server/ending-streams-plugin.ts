import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Authenticator, End } from '../auth/authenticator.ts'
import type { Context } from '../schema/context.ts'
import { refusedWith } from './coded-error.ts'
import { endingStream } from './ending-stream.ts'
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
