import { GraphQLError } from 'graphql'
import type { Principal } from '../auth/principal.ts'
import type { ClientCode } from '../errors.ts'

/** Largest message of an operation on the WebSocket of a device, in bytes: some 1,000 ordinary events. */
const DEVICE_OPERATION_BYTES = 256 * 1024
/** The same for every other caller. */
const OPERATION_BYTES = 1024 * 1024
/** Largest message that is taken from a socket at all, in bytes, after decompression: a larger one closes the socket with 1009. */
export const MAX_MESSAGE_BYTES = 2 * OPERATION_BYTES
/**
 * Largest message before `connection_init` has shown who sends it: no more than the headers of a request. It is kept before anyone is
 * asked for a token.
 */
export const MAX_UNKNOWN_BYTES = 16 * 1024
/** Share of the limit that the parts of a split message may fill, since entries differ in size. */
const FILLED = 0.9

/** Returns the largest message of an operation that the principal may send on a WebSocket, in bytes. */
export function largestOperation(principal: Principal | undefined): number {
  return principal?.role === 'device' ? DEVICE_OPERATION_BYTES : OPERATION_BYTES
}

/**
 * Returns the largest message that is parsed, in bytes: a larger one closes the socket with 1009. Between the largest operation and this,
 * the service parses the message to find out which operation it refuses.
 */
export function largestParsed(principal: Principal | undefined): number {
  return 2 * largestOperation(principal)
}

/**
 * Makes the error for an operation whose message is too large. It says how to split the longest list in the variables.
 * @param bytes size of the message
 * @param most largest size allowed
 */
export function messageTooLarge(bytes: number, most: number, variables: unknown): GraphQLError {
  const list = longestList(variables)
  const parts = Math.ceil(bytes / (most * FILLED))
  const entries = list && Math.floor(list.length / parts)
  const advice = entries
    ? `Send the ${list.length} entries of $${list.path} in parts of at most ${entries}, or by HTTP.`
    : 'Send less in one operation, or send it by HTTP.'
  return new GraphQLError(`The message has ${bytes} bytes; at most ${most} are allowed. ${advice}`, {
    extensions: {
      code: 'PAYLOAD_TOO_LARGE' satisfies ClientCode,
      bytes,
      maxBytes: most,
      ...(entries ? { maxEntries: entries } : {}),
    },
  })
}

/** The longest list of the variables, or of an input object among them. */
function longestList(variables: unknown): { path: string; length: number } | undefined {
  let longest: { path: string; length: number } | undefined
  const look = (path: string, value: unknown) => {
    if (Array.isArray(value) && value.length > (longest?.length ?? 0)) longest = { path, length: value.length }
  }
  for (const [name, value] of entriesOf(variables)) {
    look(name, value)
    if (!Array.isArray(value)) for (const [field, inner] of entriesOf(value)) look(`${name}.${field}`, inner)
  }
  return longest
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}
