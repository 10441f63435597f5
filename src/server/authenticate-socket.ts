import type { Authenticator, End } from '../auth/authenticator.ts'
import { rejectionOf } from '../auth/rejection.ts'
import { LiverankError } from '../errors.ts'
import { bearerOfPayload } from './bearer.ts'
import { CLOSE_CODES } from './close-codes.ts'
import { END_MESSAGES } from './ending-streams-plugin.ts'
import { MAX_MESSAGE_BYTES } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { tooEarly } from './rate-limits.ts'
import { takeArrival } from './rate-limits-plugin.ts'
import { setLargestMessage } from './set-largest-message.ts'
import { SocketSession } from './socket-session.ts'
import { closeWith, type SocketExtra } from './web-socket-connection.ts'

const END_CODES: Readonly<Record<End, number>> = {
  expired: CLOSE_CODES.TOKEN_EXPIRED,
  revoked: CLOSE_CODES.UNAUTHORIZED,
  required: CLOSE_CODES.UNAUTHORIZED,
}

/**
 * Decides who is connected, from the payload of `connection_init`, and closes the socket when the token or key is over.
 * @returns who is connected; undefined if it is nobody that the service accepts: then the socket is closed, and no operation runs on it
 */
export async function openSession(
  authenticator: Authenticator,
  gate: NetworkGate,
  payload: Readonly<Record<string, unknown>> | undefined,
  extra: SocketExtra,
): Promise<SocketSession | undefined> {
  const { socket, request } = extra
  const wait = await takeArrival(gate, authenticator, request, () => bearerOfPayload(payload))
  if (wait > 0) {
    closeWith(socket, CLOSE_CODES.TRY_AGAIN_LATER, tooEarly(wait, false).message)
    gate.observer?.limited('socket')
    return undefined
  }
  try {
    const principal = await authenticator.authenticate(bearerOfPayload(payload))
    if (socket.readyState !== socket.OPEN) return undefined
    setLargestMessage(socket, MAX_MESSAGE_BYTES)
    extra.session = new SocketSession(authenticator, principal, (end) => closeWith(socket, END_CODES[end], END_MESSAGES[end]))
    return extra.session
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
    if (error.code === 'UNAUTHENTICATED') closeWith(socket, CLOSE_CODES.UNAUTHORIZED, error.message)
    else if (error.code === 'UNAVAILABLE') closeWith(socket, CLOSE_CODES.TRY_AGAIN_LATER, error.message)
    else throw error
    gate.observer?.unauthenticated(rejectionOf(() => bearerOfPayload(payload), error))
    return undefined
  }
}
