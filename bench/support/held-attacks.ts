import { setTimeout } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { RECORD_EVENTS } from '../../lab/client/answers.ts'
import type { Attacker } from './attacker.ts'

/** What one address does to make the service keep something. */
export interface HeldAttack {
  readonly name: string
  readonly begin: (attacker: Attacker) => Promise<unknown>
}

/** Connections that an address may have open. */
const CONNECTIONS = 4000
/** WebSockets that an address may open in a minute. */
const SOCKETS = 1200
const OPERATIONS = 100

const list = <T>(length: number, of: (n: number) => T): T[] => Array.from({ length }, (_, n) => of(n))

const LARGE_SLATE =
  'query ($userId: ID!) { recommendations(input: { userId: $userId, first: 100 }) { items { item { attributes } } } }'
const LIVE =
  'subscription ($userId: ID!) { recommendations(input: { userId: $userId, first: 1 }, minIntervalMs: 0) { version items { position } } }'
/** An operation with a large document: some 1,900 tokens. */
const large = (operation: string) =>
  `${operation}($userId: ID!) { recommendations(input: { userId: $userId, first: 1, context: { a: [${'1 '.repeat(1300)}] } }) { ${'...on Slate{version} '.repeat(90)} } }`

const subscribe = (id: string, query: string, variables: object) =>
  JSON.stringify({ id, type: 'subscribe', payload: { query, variables } })

/** Subscribes on sockets, so many times on each, until the service refuses more. */
async function subscriptions(attacker: Attacker, sockets: number, each: number, query: (n: number) => string, more: object = {}) {
  await attacker.times(sockets, async (n) => {
    const userId = attacker.userOf(n)
    const socket = await attacker.socket(userId)
    await inTurn(socket, each, (i) => subscribe(String(i), query(n * each + i), { userId, ...more }))
  })
}

/** Sends messages, each once something came for the one before; one that comes too early, again. */
async function inTurn(socket: WebSocket, messages: number, message: (n: number) => string): Promise<void> {
  for (let n = 0; n < messages && socket.readyState === socket.OPEN; ) {
    socket.send(message(n))
    const answer = await new Promise<string>((resolve) => {
      const goOn = (data: Buffer) => {
        socket.off('message', goOn).off('close', goOn)
        resolve(String(data))
      }
      socket.on('message', goOn).on('close', goOn)
    })
    const [, ms] = /"retryAfterMs":(\d+)/.exec(answer) ?? []
    if (ms === undefined) n++
    else await setTimeout(Number(ms) + 1000)
  }
}

/** Frames that clients send are masked; this mask changes nothing. */
function frame(opcode: number, isFinal: boolean, payload: string): Buffer {
  const { length } = payload
  const size = length < 126 ? Buffer.from([0x80 | length]) : Buffer.from([0x80 | 126, length >> 8, length & 255])
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), size, Buffer.alloc(4), Buffer.from(payload)])
}

const rawOf = (socket: WebSocket) => (socket as unknown as { readonly _socket: { write(bytes: Buffer): boolean } })._socket

async function unreadSocket(attacker: Attacker, n: number): Promise<WebSocket> {
  const socket = await attacker.socket(attacker.userOf(n))
  socket.pause()
  return socket
}

/** The attacks, the cheap ones first. */
export const HELD_ATTACKS: readonly HeldAttack[] = [
  { name: 'idle connections', begin: (attacker) => attacker.times(CONNECTIONS, () => attacker.connection('')) },
  {
    name: 'half headers',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, () =>
        attacker.connection(`POST /graphql HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(15_000)}`),
      ),
  },
  {
    name: 'half bodies of a known length',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const head = await attacker.head(attacker.userOf(n), 'Content-Length: 17000')
        await attacker.connection(`${head}\r\n{"query":"${'x'.repeat(15_000)}`)
      }),
  },
  {
    name: 'half bodies in chunks',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const head = await attacker.head(attacker.userOf(n), 'Transfer-Encoding: chunked')
        await attacker.connection(`${head}\r\n${'1\r\nx\r\n'.repeat(1000)}`)
      }),
  },
  {
    name: 'requests behind one whose answer is not read',
    begin: (attacker) =>
      attacker.times(400, async (n) => {
        const large = await attacker.request(attacker.userOf(n), LARGE_SLATE, { userId: attacker.userOf(n) })
        const next = `${await attacker.head(attacker.userOf(n), `X: ${'x'.repeat(300)}`)}\r\n`
        await attacker.connection(large.repeat(8) + next.repeat(90), false)
      }),
  },
  {
    name: 'requests behind a stream',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const userId = attacker.userOf(n)
        const stream = await attacker.request(userId, LIVE, { userId }, 'Accept: text/event-stream')
        const next = `${await attacker.head(userId, `X: ${'x'.repeat(300)}`)}\r\n`
        const connection = await attacker.answered(stream)
        connection.write(next.repeat(90))
      }),
  },
  {
    name: 'streams of server-sent events',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const userId = attacker.userOf(n)
        await attacker.answered(await attacker.request(userId, LIVE, { userId }, 'Accept: text/event-stream'))
      }),
  },
  {
    name: 'compressed streams of server-sent events',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const userId = attacker.userOf(n)
        const headers = ['Accept: text/event-stream', 'Accept-Encoding: gzip']
        await attacker.answered(await attacker.request(userId, LIVE, { userId }, ...headers))
      }),
  },
  { name: 'WebSockets', begin: (attacker) => attacker.times(SOCKETS, (n) => attacker.socket(attacker.userOf(n))) },
  {
    name: 'compressing WebSockets',
    begin: (attacker) => attacker.times(SOCKETS, (n) => attacker.socket(attacker.userOf(n), true)),
  },
  {
    name: 'messages in fragments of one byte',
    begin: (attacker) =>
      attacker.times(SOCKETS, async (n) => {
        const raw = rawOf(await attacker.socket(attacker.userOf(n)))
        raw.write(Buffer.concat([frame(1, false, 'x'), ...list(2000, () => frame(0, false, 'x'))]))
      }),
  },
  {
    name: 'fragments below the count',
    begin: (attacker) =>
      attacker.times(SOCKETS, async (n) => {
        const raw = rawOf(await attacker.socket(attacker.userOf(n)))
        raw.write(Buffer.concat([frame(1, false, 'x'), ...list(12, () => frame(0, false, 'x'))]))
      }),
  },
  {
    name: 'pings whose answers are not read',
    begin: (attacker) =>
      attacker.times(40, async (n) => {
        const socket = await unreadSocket(attacker, n)
        for (let i = 0; i < 40_000 && socket.readyState === socket.OPEN; i++) {
          socket.send('{"type":"ping"}')
          if (i % 1000 === 0) await setTimeout(20)
        }
      }),
  },
  {
    name: 'refusals that are not read',
    begin: (attacker) =>
      attacker.times(60, async (n) => {
        const socket = await unreadSocket(attacker, n)
        for (let i = 0; i < 20_000 && socket.readyState === socket.OPEN; i++) {
          socket.send(subscribe(String(i), '{ a }', {}))
          if (i % 200 === 0) await setTimeout(20)
        }
      }),
  },
  {
    name: 'slates over WebSockets that are not read',
    begin: (attacker) =>
      attacker.times(60, async (n) => {
        const socket = await unreadSocket(attacker, n)
        for (let i = 0; i < OPERATIONS; i++) socket.send(subscribe(String(i), LARGE_SLATE, { userId: attacker.userOf(n) }))
      }),
  },
  {
    name: 'slates over HTTP that are not read',
    begin: (attacker) =>
      attacker.times(400, async (n) => {
        const large = await attacker.request(attacker.userOf(n), LARGE_SLATE, { userId: attacker.userOf(n) })
        await attacker.connection(large.repeat(20), false)
      }),
  },
  {
    name: 'compressed messages of 2 MB',
    begin: (attacker) =>
      attacker.times(40, async (n) => {
        const socket = await attacker.socket(attacker.userOf(n), true)
        for (let i = 0; i < 60; i++)
          socket.send(JSON.stringify({ id: String(i), type: 'subscribe', payload: { query: '' } }).padEnd(2_000_000))
      }),
  },
  { name: 'subscriptions with one document', begin: (attacker) => subscriptions(attacker, 40, OPERATIONS, () => LIVE) },
  {
    name: 'subscriptions with a document each',
    begin: (attacker) => subscriptions(attacker, 40, OPERATIONS, (n) => large(`subscription S${n}`)),
  },
  {
    name: 'subscriptions with large variables',
    begin: (attacker) => subscriptions(attacker, 40, OPERATIONS, () => LIVE, { unused: 'x'.repeat(15_000) }),
  },
  {
    name: 'new documents',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const userId = attacker.userOf(n)
        await attacker.answered(await attacker.request(userId, large(`query D${n}`), { userId }))
      }),
  },
  {
    name: 'new documents with errors',
    begin: (attacker) =>
      attacker.times(CONNECTIONS, async (n) => {
        const query = `query E${n} { ${list(900, (i) => `a${i}`).join(' ')} }`
        await attacker.answered(await attacker.request(attacker.userOf(n), query))
      }),
  },
  {
    name: 'events of one user in many sessions',
    begin: (attacker) =>
      attacker.times(300, async (n) => {
        const userId = attacker.userOf(0)
        const input = list(100, (i) => ({
          userId,
          itemId: `item-${i}`,
          eventType: 'view',
          sessionId: `session-${n}-${i}`,
          eventAttributes: { note: 'x'.repeat(800) },
        }))
        await attacker.answered(await attacker.request(userId, RECORD_EVENTS, { input }))
      }),
  },
]
