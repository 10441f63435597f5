import { type DestinationStream, type Logger, pino } from 'pino'

/** Key of the error object in each log line: type, message, stack and cause. */
export const ERROR_KEY = 'error'

/**
 * Makes the logger of the service and the commands: one JSON object per line.
 * @param level lowest level to log, such as `info`
 * @param destination standard output if absent
 */
export function makeLogger(level: string, destination?: DestinationStream): Logger {
  const options = { name: 'liverank', level, errorKey: ERROR_KEY }
  return destination ? pino(options, destination) : pino(options)
}

/** Makes a logger that writes warnings and errors to standard error, for commands that print results to standard output. */
export function warningsOnStderr(): Logger {
  return makeLogger('warn', pino.destination(2))
}
