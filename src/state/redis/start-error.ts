import { LiverankError } from '../../errors.ts'
import { SECOND } from '../../time-units.ts'

/** How long a server may take to answer at the start, in ms. */
export const PATIENCE_MS = 5 * SECOND

/** Which server did not answer as it should. */
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
    'REDIS_CA, REDIS_CERT or REDIS_KEY is no usable PEM file, or the key is of another certificate',
  ],
  [/certificate/i, 'check its certificate'],
  [/SSL|TLS|wrong version number|packet length/i, 'write redis instead of rediss in REDIS_URL if the server does not use TLS'],
]

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
  if (message.startsWith('NOPERM')) return configuration(`Redis at ${where}: ${missingPermission(message)}`)
  const tls = TLS_PROBLEMS.find(([pattern]) => pattern.test(`${code} ${message}`))
  if (tls && (usesTls || /SSL|TLS/.test(`${code} ${message}`)))
    return configuration(`Redis at ${where} cannot be reached over TLS: ${tls[1]}.`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unavailable(`The host of ${where} is unknown: correct its name, or check DNS.`)
  if (code === 'ECONNREFUSED') return unavailable(`Nothing listens at ${where}: start Redis, or correct the address.`)
  if (message.startsWith('LOADING'))
    return unavailable(`Redis at ${where} is loading its data: start again once it has finished.`)
  const advice = usesTls ? 'does not use TLS, write redis://' : 'uses TLS, write rediss://'
  return unavailable(
    `Redis at ${where} did not answer within ${PATIENCE_MS / SECOND} s, or closed the connection: check the address and the network. If the server ${advice}.`,
  )
}

/** In a sentence: what the user of the service lacks in Redis. */
export function missingPermission(message: string): string {
  const command = /'([\w|-]+)' command/.exec(message)?.[1]
  const what = command === undefined ? 'use the keys or channels of REDIS_PREFIX' : `run the command ${command}`
  return `its user may not ${what}. Grant what docs/reference/redis.md lists.`
}
