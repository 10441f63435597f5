import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { SocketReading } from '../../src/server/socket-reading.ts'

const MESSAGE_BYTES = 1000
const MESSAGES = 8000
/** A client in a process of its own, which sends as fast as it can and then closes the socket. */
const CLIENT = `
const { WebSocket } = require('ws')
const socket = new WebSocket(process.argv[1], { perMessageDeflate: false })
socket.on('open', () => {
  for (let n = 0; n < ${MESSAGES}; n++) socket.send('x'.repeat(${MESSAGE_BYTES}))
  socket.close()
})
`

/** Lets a client flood a server. @returns the most bytes that were read in one turn of the event loop, and the number of messages */
async function flood(serve: (socket: WebSocket, connection: Socket) => unknown): Promise<{ most: number; messages: number }> {
  const http = createServer().listen(0, '127.0.0.1')
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  onTestFinished(() => void http.close())
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const client = spawn(process.execPath, ['-e', CLIENT, `ws://127.0.0.1:${port}`], { stdio: 'inherit' })
  onTestFinished(() => void client.kill('SIGKILL'))
  const [socket, request] = await once(sockets, 'connection')
  const connection: Socket = request.socket
  serve(socket, connection)
  let messages = 0
  socket.on('message', () => messages++)
  let isOpen = true
  socket.once('close', () => {
    isOpen = false
  })
  // While nobody reads, the system collects what the client sends.
  const full = performance.now() + 500
  while (performance.now() < full);
  let most = 0
  for (let read = connection.bytesRead; isOpen; read = connection.bytesRead) {
    await turn()
    most = Math.max(most, connection.bytesRead - read)
  }
  return { most, messages }
}

it('a socket that sends a lot is read in parts, and loses nothing', async () => {
  const { most, messages } = await flood((socket, connection) => new SocketReading(socket, connection))
  expect(messages).toBe(MESSAGES)
  expect(most).toBeLessThanOrEqual(2 * 64 * 1024)
})

it('without parts, a socket is read a megabyte at a time, and all others wait', async () => {
  const { most, messages } = await flood(() => {})
  expect(messages).toBe(MESSAGES)
  expect(most).toBeGreaterThan(4 * 64 * 1024)
})
