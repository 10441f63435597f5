import { type DestinationStream, type Logger, pino } from 'pino'

/** The key under which every line of the log has its error, with type, message, stack and cause. */
export const ERROR_KEY = 'error'

/** A logger as the service and the commands use it: one JSON object a line. @param destination standard output if absent */
export function makeLogger(level: string, destination?: DestinationStream): Logger {
  const options = { name: 'liverank', level, errorKey: ERROR_KEY }
  return destination ? pino(options, destination) : pino(options)
}

/** A logger of warnings and errors on standard error, where standard output carries results. */
export function warningsOnStderr(): Logger {
  return makeLogger('warn', pino.destination(2))
}
