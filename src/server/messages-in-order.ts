import type { WebSocket } from 'ws'

/**
 * Gives the messages of a socket in order, each after it was admitted. While an admission is asked for elsewhere, such as in Redis, nothing
 * more is read from the socket.
 * @param admit takes the points for a message of this size in bytes. Returns 0 if it took them, or after how many ms they are there; never rejects
 * @param take called with each message, and with what `admit` returned; never throws
 */
export function readInOrder(
  socket: WebSocket,
  admit: (bytes: number) => number | Promise<number>,
  take: (message: Buffer, waitMs: number) => void,
): void {
  const waiting: Buffer[] = []
  let isAsking = false
  const takeNext = () => {
    // Once the service closes the socket, it reads nothing more of it.
    while (!isAsking && waiting.length > 0 && socket.readyState === socket.OPEN) {
      const message = waiting.shift()!
      const wait = admit(message.length)
      if (typeof wait === 'number') take(message, wait)
      else ask(message, wait)
    }
  }
  const ask = (message: Buffer, wait: Promise<number>) => {
    isAsking = true
    socket.pause()
    void wait.then((ms) => {
      isAsking = false
      socket.resume()
      // Closed meanwhile: what it still held is as lost as what was on its way.
      if (socket.readyState !== socket.OPEN) return
      take(message, ms)
      takeNext()
    })
  }
  socket.on('message', (data) => {
    // As `binaryType` is not set, ws gives each message in one buffer. Some come even after a pause: they were read before it.
    waiting.push(data as Buffer)
    takeNext()
  })
}
