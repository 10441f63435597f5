import { createServer } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import { onePerConnection } from './one-request-per-connection.ts'
import { answerProbe, probeOf } from './probes.ts'
import type { Readiness } from './readiness.ts'

/** What the service tells this thread: a sign of life, or the answer to a question. */
export type ToHealthWorker =
  | { readonly kind: 'alive' }
  | { readonly kind: 'readiness'; readonly id: number; readonly readiness: Readiness }

/** What this thread tells the service: where it listens, why it cannot, or that it wants to know whether the service is ready. */
export type FromHealthWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'question'; readonly id: number }

export interface HealthWorkerData {
  readonly host: string
  readonly port: number
  /** A service that gives no sign of life for so long is not overloaded but stuck, in ms. */
  readonly stuckMs: number
}

/** How long a question may wait for its answer, in ms: probes of balancers wait about as long. */
const PATIENCE_MS = 1000

/** How long a probe may take to ask, and how many may be connected: others on the network are to keep nobody from asking. */
const PROBE = { headersTimeout: 2000, requestTimeout: 2000, connectionsCheckingInterval: 1000 }
const MAX_PROBES = 256

const { host, port, stuckMs } = workerData as HealthWorkerData
const service = parentPort!
const questions = new Map<number, (readiness: Readiness) => void>()
let aliveAt = performance.now()
let lastId = 0

service.on('message', (message: ToHealthWorker) => {
  aliveAt = performance.now()
  if (message.kind === 'readiness') questions.get(message.id)?.(message.readiness)
})

const isFirst = onePerConnection()
const server = createServer(PROBE, (request, response) => {
  if (!isFirst(request)) return
  response.shouldKeepAlive = false
  const probe = probeOf(request)
  if (probe === '/health') answerProbe(response, health())
  else if (probe === '/ready') void askReadiness().then((readiness) => answerProbe(response, readiness))
  else response.writeHead(404).end()
})
server.maxConnections = MAX_PROBES
server.on('error', ({ message }) => tell({ kind: 'failed', message }))
server.listen(port, host, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) tell({ kind: 'listening', port: address.port })
})

function health(): Readiness {
  const silentMs = performance.now() - aliveAt
  if (silentMs < stuckMs) return { status: 200, body: undefined }
  return { status: 503, body: { problem: `The process has done nothing for ${Math.round(silentMs / 1000)} s: restart it.` } }
}

function askReadiness(): Promise<Readiness> {
  const id = ++lastId
  return new Promise<Readiness>((resolve) => {
    const giveUp = setTimeout(() => {
      questions.delete(id)
      resolve({ status: 503, body: { problem: `The process is overloaded: it did not answer within ${PATIENCE_MS / 1000} s.` } })
    }, PATIENCE_MS)
    questions.set(id, (readiness) => {
      clearTimeout(giveUp)
      questions.delete(id)
      resolve(readiness)
    })
    tell({ kind: 'question', id })
  })
}

function tell(message: FromHealthWorker): void {
  service.postMessage(message)
}
