import { z } from 'zod'
import { DOMAIN_NAMES } from './domain/built-in-domain-names.ts'
import { LiverankError } from './errors.ts'
import { networkSettings } from './settings/network-settings.ts'
import { openIdProblems, openIdSettings } from './settings/openid-settings.ts'
import { redisProblems, redisSettings } from './settings/redis-settings.ts'
import { isSafeAddress } from './settings/safe-address.ts'
import { choice, flag, type Meaning, optionalWhole, text, whole } from './settings/setting-kinds.ts'
import { slateProblems, slateSettings } from './settings/slate-settings.ts'
import { CONSENT_RULES } from './state/consent.ts'

/** As many as HS256 has bits of output (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32

/** The schema of all settings, in the order of the reference page. */
export const settings = z.object({
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({
      description:
        'The service listens on this address. With `0.0.0.0`, other machines can reach it. The service then starts only if you have created a [key](../guides/authenticate-clients.md#keys-for-servers), or set `JWT_SECRET`, `JWKS_URL` or `ALLOW_UNAUTHENTICATED=1`.',
      range: 'an address of this machine',
    } satisfies Meaning),
  PORT: whole(
    4000,
    0,
    65535,
    'The service listens on this port. With `0`, it picks a free port, and names it in the log line `serving`.',
  ),
  ALLOW_UNAUTHENTICATED: flag(
    'With `1`, the service accepts connections from other machines although there is no key, `JWT_SECRET` or `JWKS_URL`. Everyone who can reach the port can then read and write everything. Once there is a key, `JWT_SECRET` or `JWKS_URL`, this setting has no effect.',
  ),
  HEALTH_PORT: optionalWhole(
    0,
    65535,
    'The service also answers `/health` and `/ready` on this port. An overloaded service answers them late on `PORT`, but at once on this port. Unset: there is no such port.',
  ),
  METRICS_PORT: optionalWhole(
    0,
    65535,
    'The service answers `GET /metrics` on this port, in the text format of Prometheus. This needs no token or key, so let only your monitoring reach the port. Unset: the service serves no metrics. See [monitor](../guides/monitor.md).',
  ),
  DRAIN_MS: whole(
    0,
    0,
    10 * 60_000,
    'After SIGTERM or SIGINT, the service goes on serving for this many milliseconds, while `/ready` answers 503. Then it stops. If you use a load balancer, set a longer time than the load balancer needs to notice the 503.',
  ),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      `at least ${MIN_SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
    )
    .optional()
    .meta({
      description:
        'Your servers sign tokens with this secret (HS256), and the service checks the signatures with it. If you set `JWT_SECRET`, every caller must send a token or a key.',
      range: `at least ${MIN_SECRET_BYTES} bytes`,
    } satisfies Meaning),
  JWKS_URL: z
    .string()
    .refine(isSafeAddress, 'a URL with https, or with http on this machine')
    .optional()
    .meta({
      description:
        'An identity provider (login service) signs tokens with RS256, ES256 or EdDSA. At this address, the provider publishes the public keys by which the service checks the signatures. The service fetches them every 10 minutes, and when a token names a public key that the service does not have. If you set `JWKS_URL`, every caller must send a token or a key.',
      range: '`https://…`, or `http://` on this machine',
    } satisfies Meaning),
  JWT_ISSUER: text('The field `iss` of a token must have this value. Unset: it may have any value, or be absent.', 'a text'),
  JWT_AUDIENCE: text(
    'The field `aud` of a token must have this value, alone or in a list. Unset: it may have any value, or be absent.',
    'a text',
  ),
  RENEWED_TOKEN_HOURS: whole(
    24,
    1,
    24 * 366,
    'With the mutation `renewToken`, a client can replace the token of an open WebSocket. The service refuses the new token if it is valid for more than this many hours. So a stolen token cannot keep a WebSocket open for years. For tokens of new connections and requests, the signer of your tokens decides. Keys have no limit.',
  ),
  ...openIdSettings,
  GRAPHIQL: flag(
    'With `1`, the service offers GraphiQL, an editor for GraphQL operations in the browser, at `/graphql`. It also lets clients read the schema, as with `INTROSPECTION=1`. `npm start` sets it to `1`.',
  ),
  WEB_PAGES: flag(
    'With `1`, the service shows web pages to people: a page at `/` that says what runs here, and with `npm start` a demo shop at `/demo`.',
    '1',
  ),
  ...networkSettings.shape,
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'The service writes messages of this level and of more serious levels, as JSON lines on standard output. `fatal` is the most serious level. With `silent`, the service writes no messages.',
  ),
  ...redisSettings,
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'letters, digits, _ and -')
    .default('lr')
    .meta({
      description:
        'Every key that the service writes in Redis begins with this prefix. Several services with different prefixes can share one Redis.',
      range: 'letters, digits, `_`, `-`',
    } satisfies Meaning),
  PARTITIONS: whole(
    16,
    1,
    256,
    'The service divides the users into this many groups, the *partitions*. Each partition has its own log in Redis. Keep the default. You cannot change the number later: the service does not start if Redis has data with another number.',
  ),
  SHARDS: whole(
    8,
    1,
    256,
    'The service divides the shared sums into this many parts, the *shards*. Keep the default. You cannot change the number later: the service does not start if Redis has data with another number.',
  ),
  DURABILITY: choice(
    ['memory', 'replica'],
    'memory',
    'With `memory`, the service confirms an event once a Redis master has it in memory. If this master fails at once, the event may be lost. With `replica`, the service confirms an event once a replica has it too, which takes longer.',
  ),
  ALLOW_EVICTION: flag(
    'With `1`, the service starts even if Redis may delete keys when its memory is full. Confirmed events may then be lost.',
  ),
  LOG_MARGIN: whole(
    60,
    1,
    7 * 24 * 60,
    'Redis keeps each log entry for at least this many minutes, because the service may need it again. If the Redis master with shared sums fails, a replica takes its place, and may lack the last additions to the sums. The service then repeats these additions from the log entries. So set a longer time than a replica needs to take the place of a failed master.',
  ),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .meta({
      description: 'The embedded store writes its files into this folder: the journal and the snapshots.',
      range: 'a folder on a local disk',
    } satisfies Meaning),
  JOURNAL_FSYNC: choice(
    ['always', 'everysec', 'no'],
    'everysec',
    'With `always`, the embedded store forces each event to the disk before the service confirms it. With `everysec`, it does this once a second, so a loss of power may lose the events of the last second. With `no`, the operating system decides when to write.',
  ),
  SNAPSHOT_EVERY_MB: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number')
    .transform(Number)
    .default(64)
    .meta({
      description:
        'The embedded store writes a snapshot whenever the journal has grown by this many megabytes. With a smaller number, the service has less of the journal to read when it starts, but writes more to the disk. With `0`, the store writes no snapshots.',
      range: 'a number from 0',
    } satisfies Meaning),
  ARCHIVE_DIR: z
    .string()
    .optional()
    .meta({
      description:
        'The service moves old parts of its log to this folder, compressed with gzip. Training can read them there. With an empty value, the service deletes old parts. Unset: the embedded store uses `DATA_DIR/archive`, and a service on Redis deletes old parts.',
      range: 'a folder, or empty',
    } satisfies Meaning),
  ...slateSettings,
  DOMAIN: z
    .string()
    .min(1)
    .default('e-commerce')
    .meta({
      description:
        'The service uses this [domain](domains.md), a configuration. It says what your event types mean, and which sources (parts of the code) propose items.',
      range: `${DOMAIN_NAMES.map((name) => `\`${name}\``).join(', ')}, or the path of a domain file`,
    } satisfies Meaning),
  MODEL_DIR: z
    .string()
    .min(1)
    .default('./models')
    .meta({
      description:
        'This folder contains one folder for each ranking model. If a model is not there, the service looks for it among the models that come with the service.',
      range: 'a folder',
    } satisfies Meaning),
  MODEL: z
    .string()
    .default('default')
    .meta({
      description:
        'This model ranks items until somebody chooses models with a mutation such as `activateModel`. From then on, the chosen models rank. The model in this setting then ranks only if the service cannot load the chosen models when it starts. With an empty value, a fixed rule ranks instead of a model.',
      range: 'a folder of `MODEL_DIR`, or empty',
    } satisfies Meaning),
  EXPLORATION: flag(
    'With `0`, slates never contain items drawn at random ([exploration](../concepts/exploration.md)). With `1`, the domain decides whether they do.',
    '1',
  ),
  VECTOR_SHARE: z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'a number from 0 to 1')
    .transform(Number)
    .default(0.01)
    .meta({
      description:
        'For this share of the slates, the service logs the features (numbers by which a model ranks) of all possible items of the slate. The command `verify-features` computes the same features from the log, as training does, and compares both.',
      range: '0 to 1',
    } satisfies Meaning),
  CONSENT: z
    .enum(CONSENT_RULES)
    .optional()
    .meta({
      description:
        'Your app reports the [consent](../guides/rights-of-people.md#ask-for-consent) of a user by the mutation `upsertUsers`. With `required`, the service records events of a user only after a call with `consent: true`. With `assumed`, it records them until a call with `consent: false`. Unset: the domain decides. Built-in domains have `assumed`.',
      range: CONSENT_RULES.map((rule) => `\`${rule}\``).join(', '),
    } satisfies Meaning),
  CLOCK: choice(
    ['wall', 'events'],
    'wall',
    'With `wall`, the service takes the present time from the clock of the machine. With `events`, the present is the time of the latest event. Use `events` only to process an old log again.',
  ),
  CLOCK_CHECKED: z.iso
    .date('must be a date, such as 2026-11-27')
    .transform((date) => Date.parse(date))
    .optional()
    .meta({
      description:
        'The date on which you checked that the clock of the machine is right. Set it if the service [warns](../concepts/bad-numbers-and-wrong-clocks.md#clocks) of the clock because it was off for more than a day, and restart the service. It counts only for starts within a day of this date.',
      range: 'date, such as `2026-11-27`',
    } satisfies Meaning),
})

export type Config = Readonly<z.infer<typeof settings>>

/**
 * Reads and checks all settings.
 * @param environment environment variables, such as `process.env`
 * @throws LiverankError CONFIGURATION, which names every invalid setting
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const result = settings.safeParse(environment)
  const problems = result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  if (environment.GRAPHIQL === '1' && environment.PERSISTED_OPERATIONS !== undefined) {
    problems.push('GRAPHIQL: the console sends documents that PERSISTED_OPERATIONS does not list. Set only one of them.')
  }
  if (environment.DURABILITY === 'replica' && environment.REDIS_URL === undefined) {
    problems.push(
      'DURABILITY: replica needs Redis with replicas, and REDIS_URL is not set. Set REDIS_URL, or use JOURNAL_FSYNC for the embedded store.',
    )
  }
  problems.push(
    ...redisProblems(environment),
    ...(result.success ? [...portProblems(result.data), ...slateProblems(result.data), ...openIdProblems(result.data)] : []),
  )
  if (!result.success || problems.length > 0)
    throw new LiverankError('CONFIGURATION', `Invalid settings:\n  ${problems.join('\n  ')}`)
  return result.data
}

/** What is wrong with the ports together. Several may be 0: then each is another free port. */
function portProblems({ PORT, HEALTH_PORT, METRICS_PORT }: Config): string[] {
  if (!METRICS_PORT) return []
  const others = Object.entries({ PORT, HEALTH_PORT }).filter(([, port]) => port === METRICS_PORT)
  return others.map(([name]) => `METRICS_PORT: ${METRICS_PORT} is ${name} too. Set another port.`)
}
