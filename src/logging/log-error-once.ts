import type { Logger } from 'pino'

const logged = new WeakSet<Error>()

/**
 * Logs an error at the level error, unless this function has logged it before. An error that is logged where it happens may also
 * reach the place that masks it for clients.
 */
export function logErrorOnce(logger: Logger, error: unknown, message: string): void {
  if (error instanceof Error) {
    if (logged.has(error)) return
    logged.add(error)
  }
  logger.error({ error }, message)
}

/** Leaves an error out of the log: the same has been logged for another row of the same answer. */
export function passOver(error: Error): void {
  logged.add(error)
}
