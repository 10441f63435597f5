import type { WebSocket } from 'ws'

/**
 * Control frames that a client may send at once, and a second after that. A well-behaved client sends one in some seconds. With more
 * unanswered pings at once, ws ends the connection without a code.
 */
const AT_ONCE = 50
const A_SECOND = 10

/**
 * Counts the pings and pongs of a client. They are not messages, so the rates of messages do not limit them, but answering a ping costs
 * about as much as a small message.
 * @param refuse called once, when there are too many
 */
export function limitControlFrames(socket: WebSocket, refuse: () => void): void {
  let left = AT_ONCE
  let countedAt = performance.now()
  const count = () => {
    const now = performance.now()
    left = Math.min(AT_ONCE, left + ((now - countedAt) / 1000) * A_SECOND) - 1
    countedAt = now
    if (left >= 0) return
    socket.off('ping', count).off('pong', count)
    refuse()
  }
  socket.on('ping', count).on('pong', count)
}
