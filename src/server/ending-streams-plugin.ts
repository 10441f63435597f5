import { GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Authenticator, End } from '../auth/authenticator.ts'
import type { ClientCode } from '../errors.ts'
import type { Context } from '../schema/context.ts'
import { endingStream } from './ending-stream.ts'

/** What a caller is told when the token or key of a stream or socket is over. */
export const END_MESSAGES: Readonly<Record<End, string>> = {
  expired: 'The token has expired: connect again with a new one.',
  revoked: 'The key was revoked.',
  required: 'This service now needs a token or a key: connect again with one.',
}

/**
 * Ends a subscription over server-sent events, with an error as its last message, when the token of its request expires or its key is
 * revoked. A WebSocket is closed as a whole instead.
 */
export function endingStreams(authenticator: Authenticator): Plugin<Context> {
  return {
    onSubscribe: ({ args: { contextValue } }) => {
      const { principal, renewToken } = contextValue
      if (renewToken) return
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) return
          setResult(
            endingStream(result, (end) =>
              authenticator.watch(principal, (why) => end({ errors: [unauthenticated(END_MESSAGES[why])] })),
            ),
          )
        },
      }
    },
  }
}

function unauthenticated(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' satisfies ClientCode } })
}
