import { ZodError } from 'zod'
import { LiverankError } from '../../errors.ts'
import { SECOND } from '../../time-units.ts'
import { withoutCredentials } from './access.ts'
import { type ErrorReply, refusalIn } from './redis-errors.ts'
import { refusalError, refusedCommand } from './refused-command.ts'

/** Time limit for an answer of a server at the start, in ms. */
export const PATIENCE_MS = 5 * SECOND

/** The server that did not answer as it should. */
export interface Asked {
  /** The setting and the address, without a password. */
  readonly where: string
  readonly usesTls: boolean
}

/** What is wrong about TLS, by the code or the message of Node or OpenSSL. The first that fits counts. */
const TLS_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/CERTIFICATE_REQUIRED|ALERT_HANDSHAKE/, 'it asks for a certificate of the service: set REDIS_CERT and REDIS_KEY'],
  [
    /ALERT_\w*(CERTIFICATE|UNKNOWN_CA)/,
    'it does not accept the certificate in REDIS_CERT: use one of an authority that Redis trusts',
  ],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired: renew it'],
  [/ALTNAME/, 'its certificate is for other names: use a name of the certificate in REDIS_URL'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_SIGNATURE/,
    'no authority that the service trusts signed its certificate: set REDIS_CA to the file of its authority',
  ],
  [
    /PEM|KEY_VALUES_MISMATCH|BAD_BASE64|unsupported/i,
    'REDIS_CA, REDIS_CERT or REDIS_KEY is not a usable PEM file, or the key does not belong to the certificate',
  ],
  [/certificate/i, 'check its certificate'],
  [
    /wrong[_ ]version[_ ]number|packet[_ ]length|unknown[_ ]protocol/i,
    'the server does not use TLS. If it is Redis, turn on TLS, or name its TLS port. If another program answers, check the address. Write redis:// only if nobody else can reach the network in between, because the password is then sent in plain text',
  ],
  [/SSL|TLS/i, 'check its certificate, and that it uses TLS 1.2 or 1.3'],
]

/** Returns whether an error says only that a connection has ended. */
export function saysNoReason(problem: unknown): boolean {
  const { message, code } = problem as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'EPIPE' || /^Connection is closed|socket disconnected before/.test(message)
}

/**
 * Returns the reason for which a server cannot be used, in one sentence. The error of the client is not its cause: it holds the
 * command that failed, and with AUTH the password.
 */
export function startError(problem: unknown, { where, usesTls }: Asked): LiverankError {
  const { message, code } = problem as NodeJS.ErrnoException
  const configuration = (text: string) => new LiverankError('CONFIGURATION', text)
  const unavailable = (text: string) => new LiverankError('UNAVAILABLE', text)
  if (/^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/.test(message))
    return configuration(`Redis at ${where} refuses the user or password: correct REDIS_USERNAME and REDIS_PASSWORD, or the URL.`)
  if (/^Protocol error, got/.test(message)) return unavailable(unreadable(where))
  const tls = TLS_PROBLEMS.find(([pattern]) => pattern.test(`${code} ${message}`))
  if (tls && (usesTls || /SSL|TLS/.test(`${code} ${message}`)))
    return configuration(`Redis at ${where} cannot be reached over TLS: ${tls[1]}.`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unavailable(`The host of ${where} is unknown: correct its name, or check DNS.`)
  if (code === 'ECONNREFUSED') return unavailable(`Nothing listens at ${where}: start Redis, or correct the address.`)
  const reply = refusalIn(problem)
  if (reply && isAboutPassword(reply))
    return unavailable(`Redis at ${where} answers the first commands of the service with an error: look into the log of Redis.`)
  if (reply) return refusalError(reply, where)
  const advice = usesTls
    ? 'A server without TLS does the same: turn on TLS there, or name its TLS port. Write redis:// only if nobody else can reach the network in between.'
    : 'If the server uses TLS, write rediss://.'
  return unavailable(
    `Redis at ${where} did not answer within ${PATIENCE_MS / SECOND} s, or closed the connection: check the address and the network. ${advice}`,
  )
}

/**
 * Returns the error of a start at which Redis refused a command, or gave a reply that no Redis with the data of this service gives.
 * Other errors are returned as they are.
 * @param url that of Redis
 */
export function failedStart(error: unknown, url: string): unknown {
  // What is thrown by code that reads a reply.
  if (!(error instanceof ZodError || error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError))
    return refusedCommand(error, url)
  return new LiverankError('UNAVAILABLE', unreadable(`REDIS_URL ${withoutCredentials(url)}`), { cause: error })
}

function unreadable(where: string): string {
  return `The server at ${where} sent a reply that the service cannot read. If it is another program than Redis, check the address and the network. If another program or version wrote the data, check REDIS_PREFIX. LOG_LEVEL=debug prints the error.`
}

/** What Redis says of a password may be the password. */
function isAboutPassword({ command, message }: ErrorReply): boolean {
  return /^(auth|hello)$/i.test(String(command?.name)) || /\bAUTH\b/i.test(message)
}
