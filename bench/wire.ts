import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { fillWithDemo } from '../lab/demo/fill.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { wallClock } from '../src/clock.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../src/logging/logger.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { systemRandomness } from '../src/random.ts'
import { startServer } from '../src/server/server.ts'
import { readConfig } from '../src/service/config.ts'
import { openService, type Service } from '../src/service/service.ts'
import { numberOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench wire [--users N] [--events N]

The bytes of a slate of 20 items on the wire, from the server to the client, for so many users (40) of the demo shop: over HTTP
uncompressed and with each compression, and on a WebSocket with and without permessage-deflate. The operations are those of
examples/operations.graphql. On a WebSocket, the first slate of a subscription counts apart from the later ones, one after each of so many
events (5): views of items on screen. Bytes are counted at the socket, with HTTP headers and frames, without TCP and TLS.
`

const figures = new Figures('wire', {
  transport: 'http or websocket',
  compression: 'identity, gzip, br or permessage-deflate',
  answer: 'slate, first slate or later slate',
  slates: 'slates that were counted, at least 1',
  medianBytes: 'median of the bytes of a slate, with HTTP headers or frames',
  p90Bytes: 'what nine of ten slates stay below, bytes',
  medianBodyBytes: 'median of the bytes without HTTP headers',
})

const FIRST = 20
const ENCODINGS = ['identity', 'gzip', 'br'] as const

/** Where slates come from, and the operations that ask for them. */
interface Served {
  readonly service: Service
  readonly url: string
  readonly query: string
}

export default async function wire(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '40' },
      events: { type: 'string', default: '5' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const users = numberOption('users', values.users, 1, 100)
  const events = numberOption('events', values.events, 1, 100)
  await withDemo(async (served) => {
    const userIds = (await served.service.store.sampleUsers()).slice(0, users)
    await measureHttp(served, userIds)
    for (const deflates of [false, true]) await measureWebSocket(served, userIds, deflates, events)
  })
}

/** Serves the demo shop while it is measured. */
function withDemo(measure: (served: Served) => Promise<void>): Promise<void> {
  return withScratchFolder('wire', (dataDir) => serveDemo(dataDir, measure))
}

async function serveDemo(dataDir: string, measure: (served: Served) => Promise<void>): Promise<void> {
  const logger = warningsOnStderr()
  const random = systemRandomness()
  const config = readConfig({})
  const service = await openService({ config, dataDir, domain: eCommerce, clock: wallClock(), random, logger })
  try {
    await fillWithDemo(service, dataDir)
    await service.store.settle()
    const server = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
    try {
      const query = await readFile(join(PACKAGE_ROOT, 'examples/operations.graphql'), 'utf8')
      await measure({ service, url: server.url, query })
    } finally {
      await server.close()
    }
  } finally {
    await service.close()
  }
}

async function measureHttp({ url, query }: Served, userIds: readonly string[]): Promise<void> {
  for (const encoding of ENCODINGS) {
    const [wholes, bodies]: [number[], number[]] = [[], []]
    for (const userId of userIds) {
      const headers = { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': encoding }
      const variables = { input: { userId, first: FIRST } }
      // A connection of its own: its bytes are those of this answer.
      const call = request(url, { method: 'POST', agent: false, headers })
      call.end(JSON.stringify({ operationName: 'Recommendations', query, variables }))
      const [response] = (await once(call, 'response')) as [IncomingMessage]
      const body = await buffer(response)
      const sent = response.headers['content-encoding'] ?? 'identity'
      if (response.statusCode !== 200 || sent !== encoding)
        throw new Error(`A slate was answered with status ${response.statusCode}, ${sent}: ${body.subarray(0, 500)}`)
      bodies.push(body.length)
      wholes.push(response.socket.bytesRead)
    }
    const kind = { transport: 'http', compression: encoding, answer: 'slate' } as const
    print(kind, { ...summary(wholes), medianBodyBytes: Math.round(quantile(bodies, 0.5)) })
  }
}

async function measureWebSocket(served: Served, userIds: readonly string[], deflates: boolean, events: number): Promise<void> {
  const [firsts, laters]: [number[], number[]] = [[], []]
  for (const userId of userIds) {
    const [first, ...later] = await slatesOnSocket(served, userId, deflates, events)
    firsts.push(first)
    laters.push(...later)
  }
  const kind = { transport: 'websocket', compression: deflates ? 'permessage-deflate' : 'identity' } as const
  print({ ...kind, answer: 'first slate' }, summary(firsts))
  print({ ...kind, answer: 'later slate' }, summary(laters))
}

const message = z.object({
  type: z.literal('next'),
  payload: z.object({
    data: z.object({ recommendations: z.object({ items: z.array(z.object({ item: z.object({ itemId: z.string() }) })) }) }),
  }),
})

/** Follows a user who looks at one item of each slate. @returns bytes of each slate */
async function slatesOnSocket(
  { service, url, query }: Served,
  userId: string,
  deflates: boolean,
  events: number,
): Promise<number[]> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: deflates })
  try {
    const opened = once(socket, 'open')
    const [upgrade] = (await once(socket, 'upgrade')) as [IncomingMessage]
    await opened
    if (socket.extensions.includes('permessage-deflate') !== deflates)
      throw new Error(`The server agreed on the extensions "${socket.extensions}".`)
    const bytesOf = async (cause: () => unknown) => {
      const before = upgrade.socket.bytesRead
      const arrived = once(socket, 'message')
      await cause()
      const [data] = (await arrived) as [Buffer]
      return { bytes: upgrade.socket.bytesRead - before, text: String(data) }
    }
    await bytesOf(() => socket.send('{"type":"connection_init"}'))
    const payload = { operationName: 'LiveRecommendations', query, variables: { input: { userId, first: FIRST } } }
    let slate = await bytesOf(() => socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload })))
    const sizes = [slate.bytes]
    for (let event = 0; event < events; event++) {
      const { items } = message.parse(JSON.parse(slate.text)).payload.data.recommendations
      const { itemId } = items[(3 * event) % items.length].item
      slate = await bytesOf(() => service.ingest.record([{ userId, itemId, eventType: 'view' }]))
      sizes.push(slate.bytes)
    }
    return sizes
  } finally {
    socket.terminate()
  }
}

function summary(bytes: readonly number[]): { slates: number; medianBytes: number; p90Bytes: number } {
  const [medianBytes, p90Bytes] = [quantile(bytes, 0.5), quantile(bytes, 0.9)].map(Math.round)
  return { slates: bytes.length, medianBytes, p90Bytes }
}

/** How a slate came. */
interface Kind {
  readonly transport: 'http' | 'websocket'
  readonly compression: string
  readonly answer: string
}

function print(kind: Kind, bytes: ReturnType<typeof summary> & { readonly medianBodyBytes?: number }): void {
  figures.print({ store: 'embedded', case: `${kind.transport} ${kind.compression} ${kind.answer}`, ...kind, ...bytes })
}
