import { Worker } from 'node:worker_threads'
import { LiverankError } from '../errors.ts'
import type { FromHealthWorker, HealthWorkerData, ToHealthWorker } from './health-worker.ts'
import type { Readiness } from './readiness.ts'

/** How often the service gives a sign of life, in ms. */
const ALIVE_MS = 1000
const BUSY_MS = 10_000
const STUCK_MS = 60_000

/** The running thread. `close` resolves when its port is free again. */
export interface HealthThread {
  /** Port that the thread listens on. */
  readonly port: number
  close(): Promise<void>
}

export interface HealthThreadOptions extends Omit<HealthWorkerData, 'busyMs' | 'stuckMs'> {
  /** Time without a sign of life for which `/ready` repeats its last answer, in ms; 10 s if absent. */
  readonly busyMs?: number
  /** Time without a sign of life after which `/health` answers 503, in ms; a minute if absent. */
  readonly stuckMs?: number
  readonly readReadiness: () => Promise<Readiness>
  /** Called if the thread ends by an error after it has started. */
  readonly onError: (error: unknown) => void
}

/**
 * Answers `/health` and `/ready` in a thread of its own, at once even while operations keep the service busy for seconds. `/health` is
 * 200 unless the service does nothing for a minute. `/ready` is what the service says. If it says nothing within a second, since it is
 * busy or its store is slow, `/ready` is what it said last, or 503 if it has done nothing for 10 s.
 * @throws LiverankError CONFIGURATION when the thread cannot listen on the host and port
 */
export async function startHealthThread(options: HealthThreadOptions): Promise<HealthThread> {
  const { readReadiness, onError, host, port, busyMs = BUSY_MS, stuckMs = STUCK_MS } = options
  // The same ending as this file has: .js once it is compiled.
  const program = new URL(import.meta.url.replace(/health-thread(?=\.[jt]s$)/, 'health-worker'))
  const worker = new Worker(program, { workerData: { host, port, busyMs, stuckMs } satisfies HealthWorkerData })
  const tell = (message: ToHealthWorker) => worker.postMessage(message)
  const bound = await new Promise<number>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: FromHealthWorker) => {
      if (message.kind === 'listening') resolve(message.port)
      else if (message.kind === 'failed')
        void worker.terminate().then(() => reject(new LiverankError('CONFIGURATION', `HEALTH_PORT=${port}: ${message.message}.`)))
      else void readReadiness().then((readiness) => tell({ kind: 'readiness', id: message.id, readiness }))
    })
  })
  worker.on('error', onError)
  const beat = setInterval(() => tell({ kind: 'alive' }), ALIVE_MS)
  return {
    port: bound,
    close: async () => {
      clearInterval(beat)
      await worker.terminate()
    },
  }
}
