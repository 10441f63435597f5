import { createServer } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'
import { onePerConnection } from './one-request-per-connection.ts'
import { answerProbe, probeOf } from './probes.ts'
import type { Readiness } from './readiness.ts'

/** A message of the service to this thread: a sign of life, or the answer to a question. */
export type ToHealthWorker =
  | { readonly kind: 'alive' }
  | { readonly kind: 'readiness'; readonly id: number; readonly readiness: Readiness }

/**
 * A message of this thread to the service: the port on which it listens, the reason why it cannot listen, or the question whether
 * the service is ready.
 */
export type FromHealthWorker =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'question'; readonly id: number }

/** What the thread gets from the service when it starts. */
export interface HealthWorkerData {
  readonly host: string
  readonly port: number
  /** While a service gives no sign of life, it counts as ready for so long if it was ready before, in ms. */
  readonly busyMs: number
  /** A service that gives no sign of life for so long is not overloaded but stuck, in ms. */
  readonly stuckMs: number
}

/** How long a question may wait for its answer, in ms: probes of balancers wait about as long. */
const PATIENCE_MS = 1000

/** How long a probe may take to ask, and how many may be connected: others on the network are to keep nobody from asking. */
const PROBE = { headersTimeout: 2000, requestTimeout: 2000, connectionsCheckingInterval: 1000 }
const MAX_PROBES = 256

const { host, port, busyMs, stuckMs } = workerData as HealthWorkerData
const service = parentPort!
const questions = new Map<number, (readiness: Readiness) => void>()
let aliveAt = performance.now()
let lastId = 0
let lastKnown: Readiness | undefined

service.on('message', (message: ToHealthWorker) => {
  aliveAt = performance.now()
  if (message.kind === 'alive') return
  lastKnown = message.readiness
  questions.get(message.id)?.(message.readiness)
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
    const end = (readiness: Readiness) => {
      clearTimeout(giveUp)
      questions.delete(id)
      resolve(readiness)
    }
    const giveUp = setTimeout(() => end(withoutAnswer()), PATIENCE_MS)
    questions.set(id, end)
    tell({ kind: 'question', id })
  })
}

/**
 * What is said of a service that has not answered in time. Neither overload nor a store that stalls for a moment makes it unready: a
 * balancer would send its requests to the others, which would be overloaded next, or wait for the same store. Commands to a store that
 * stalls for longer time out, and the service says so in its next answer.
 */
function withoutAnswer(): Readiness {
  if (lastKnown && performance.now() - aliveAt < busyMs) return lastKnown
  const problem = `The process is overloaded: it did not answer within ${PATIENCE_MS / 1000} s.`
  return { status: 503, body: { problem } }
}

function tell(message: FromHealthWorker): void {
  service.postMessage(message)
}
