import { constants } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { RunningServer } from '../server/server.ts'
import type { Service } from '../service/service.ts'

/** What runs in the process of a service while it listens. */
export interface Companion {
  begin(): void
  /** Resolves when it no longer uses the service. */
  end(): Promise<void>
}

/** How long the store may take to close, in ms. What it has acknowledged is safe without that. */
const STORE_DEADLINE_MS = 10_000
/** A signal this soon after the first is the same request, in ms: for Ctrl-C, npm passes on what the terminal has sent already. */
const SAME_REQUEST_MS = 500
/** How often a process that npm started looks whether its parent has ended, in ms. */
const PARENT_CHECK_MS = 250
/** Read at once, so that a parent that ends during the start is noticed. */
const PARENT = process.ppid

export interface StopOptions {
  readonly service: Pick<Service, 'close'>
  readonly server: Pick<RunningServer, 'drain' | 'close'>
  /** Ends before the service closes. */
  readonly companion: Pick<Companion, 'end'> | undefined
  /** Time for which the server still serves after the signal, while `/ready` answers 503, in ms. */
  readonly drainMs: number
  readonly logger: Logger
}

/**
 * Stops the process on SIGTERM or SIGINT, or when the shell ends by which npm started it: announces the stop, serves on for `drainMs`,
 * closes the server and the store, and exits with code 0. It exits with 1 if the store cannot be closed within 10 s. A second signal
 * ends the process at once, with 128 plus the number of the signal.
 */
export function stopOnSignal(options: StopOptions): void {
  const { logger } = options
  let since: number | undefined
  const begin = (cause: { signal: NodeJS.Signals } | { parentEnded: true }) => {
    since = performance.now()
    logger.info({ ...cause, drainMs: options.drainMs }, 'stopping')
    stop(options).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (since === undefined) begin({ signal })
    else if (performance.now() >= since + SAME_REQUEST_MS) {
      logger.warn({ signal }, 'stopping at once')
      process.exit(128 + constants.signals[signal])
    }
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  onParentEnd(() => {
    if (since === undefined) begin({ parentEnded: true })
  })
}

/**
 * Calls back when the parent of this process has ended, if npm started the process: `npx` and `npm run` start a shell, and pass SIGTERM
 * to this shell alone, which ends without passing it on. Other processes may outlive their parents.
 */
export function onParentEnd(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return
    clearInterval(timer)
    callback()
  }, PARENT_CHECK_MS).unref()
}

async function stop({ service, server, companion, drainMs }: StopOptions): Promise<void> {
  server.drain()
  await Promise.all([wait(drainMs), companion?.end()])
  await server.close()
  const deadline = new AbortController()
  const isLate = wait(STORE_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
    throw new Error(`the store did not close within ${STORE_DEADLINE_MS / 1000} s`)
  })
  await Promise.race([service.close(), isLate])
  deadline.abort()
}
