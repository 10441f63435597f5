import { z } from 'zod'
import { DOMAIN_NAMES } from '../domain/built-in-domain-names.ts'
import { LiverankError } from '../errors.ts'
import { networkSettings } from '../settings/network-settings.ts'
import { openIdProblems, openIdSettings } from '../settings/openid-settings.ts'
import { redisProblems, redisSettings } from '../settings/redis-settings.ts'
import { isSafeAddress } from '../settings/safe-address.ts'
import { choice, flag, type Meaning, optionalWhole, text, whole } from '../settings/setting-kinds.ts'
import { slateProblems, slateSettings } from '../settings/slate-settings.ts'
import { CONSENT_RULES } from '../state/expiry.ts'

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
        'Address to listen on. With `0.0.0.0`, other machines can reach the service. It then starts only with a [key](../guides/authenticate-clients.md#keys-for-servers), `JWT_SECRET`, `JWKS_URL` or `ALLOW_UNAUTHENTICATED=1`.',
      range: 'an address of this machine',
    } satisfies Meaning),
  PORT: whole(
    4000,
    0,
    65535,
    'Port to listen on. With `0`, the service picks a free port, and names it in the log line `serving`.',
  ),
  ALLOW_UNAUTHENTICATED: flag(
    'With `1`, the service accepts connections from other machines although there is no key, `JWT_SECRET` or `JWKS_URL`. Everyone who can reach the port can then read and write everything. Once there is one of them, the setting has no effect.',
  ),
  HEALTH_PORT: optionalWhole(
    0,
    65535,
    'Port on which `/health` and `/ready` are also answered, at once even if the service is overloaded.',
  ),
  METRICS_PORT: optionalWhole(
    0,
    65535,
    'Port of `GET /metrics`, in the text format of [Prometheus](../guides/monitor.md). It needs no token or key, so let only your monitoring reach it. Unset: no metrics.',
  ),
  DRAIN_MS: whole(
    0,
    0,
    10 * 60_000,
    'After SIGTERM or SIGINT, the service continues to serve for this many milliseconds, while `/ready` answers 503, and then stops. Set a longer time than your load balancer needs to notice the 503.',
  ),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      `at least ${MIN_SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
    )
    .optional()
    .meta({
      description: 'Secret with which your servers sign tokens (HS256). If it is set, every caller must send a token or a key.',
      range: `at least ${MIN_SECRET_BYTES} bytes`,
    } satisfies Meaning),
  JWKS_URL: z
    .string()
    .refine(isSafeAddress, 'a URL with https, or with http on this machine')
    .optional()
    .meta({
      description:
        'Address of the public keys of an identity provider (login service), which signs tokens with RS256, ES256 or EdDSA. The service fetches them every 10 minutes, and when a token names an unknown one. If it is set, every caller must send a token or a key.',
      range: '`https://…`, or `http://` on this machine',
    } satisfies Meaning),
  JWT_ISSUER: text('Value that the field `iss` of a token must have. Unset: any or none.', 'a text'),
  JWT_AUDIENCE: text('Value that the field `aud` of a token must have, alone or in a list. Unset: any or none.', 'a text'),
  RENEWED_TOKEN_HOURS: whole(
    24,
    1,
    24 * 366,
    'The mutation `renewToken` replaces the token of an open WebSocket. It refuses a token that is valid for more than this many hours, so that a stolen one cannot keep a WebSocket open for years. Other tokens and keys have no limit.',
  ),
  ...openIdSettings,
  GRAPHIQL: flag(
    'With `1`, the service offers GraphiQL, an editor for GraphQL operations, at `/graphql`, and lets clients read the schema, as with `INTROSPECTION=1`. `npm start` sets it to `1`.',
  ),
  WEB_PAGES: flag(
    'With `1`, the service has a start page at `/`, the [console](../guides/console.md) at `/console` and its documents at `/docs/README.html`. With `npm start`, it also has a demo shop at `/demo`.',
    '1',
  ),
  ...networkSettings.shape,
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'The service writes messages of this and more serious levels, as JSON lines on standard output. `fatal` is the most serious, and `silent` writes none.',
  ),
  ...redisSettings,
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'letters, digits, _ and -')
    .default('lr')
    .meta({
      description: 'Prefix of every key in Redis. Services with different prefixes can share one Redis.',
      range: 'letters, digits, `_`, `-`',
    } satisfies Meaning),
  PARTITIONS: whole(
    16,
    1,
    256,
    'Number of groups of users (*partitions*), each with its own log in Redis. Keep the default. The service does not start if Redis has data with another number.',
  ),
  SHARDS: whole(
    8,
    1,
    256,
    'Number of parts of the shared sums (*shards*). Keep the default. The service does not start if Redis has data with another number.',
  ),
  DURABILITY: choice(
    ['memory', 'replica'],
    'memory',
    'With `memory`, the service confirms an event once a Redis master has it in memory. If this master fails at once, the event may be lost. With `replica`, it waits until a replica has the event too, which takes longer.',
  ),
  ALLOW_EVICTION: flag(
    'With `1`, the service starts even if Redis may delete keys when its memory is full, so that confirmed events may be lost.',
  ),
  LOG_MARGIN: whole(
    60,
    1,
    7 * 24 * 60,
    'Redis keeps each log entry for at least this many minutes. When a replica takes the place of a failed master, the service repeats from the log what the replica lacks of the shared sums. Set a longer time than this change takes.',
  ),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .meta({
      description: 'Folder of the journal and the snapshots.',
      range: 'a folder on a local disk',
    } satisfies Meaning),
  JOURNAL_FSYNC: choice(
    ['always', 'everysec', 'no'],
    'everysec',
    'With `always`, each event is forced to the disk before the service confirms it. With `everysec`, this happens once a second, so a loss of power may lose the events of the last second. With `no`, the operating system decides when to write.',
  ),
  SNAPSHOT_EVERY_MB: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number')
    .transform(Number)
    .default(64)
    .meta({
      description:
        'Megabytes by which the journal grows between two snapshots. With fewer, the service starts faster, but writes more to the disk. With `0`, there are no snapshots.',
      range: 'a number from 0',
    } satisfies Meaning),
  ARCHIVE_DIR: z
    .string()
    .optional()
    .meta({
      description:
        'Folder to which the service moves old parts of its log, compressed with gzip, where training can read them. With an empty value, it deletes them. Unset: `DATA_DIR/archive`, but a service on Redis deletes them.',
      range: 'a folder, or empty',
    } satisfies Meaning),
  ...slateSettings,
  DOMAIN: z
    .string()
    .min(1)
    .default('e-commerce')
    .meta({
      description: 'The [domain](domains.md) (configuration) says what your event types mean, and which sources propose items.',
      range: `${DOMAIN_NAMES.map((name) => `\`${name}\``).join(', ')}, or the path of a domain file`,
    } satisfies Meaning),
  MODEL_DIR: z
    .string()
    .min(1)
    .default('./models')
    .meta({
      description:
        'Folder with one folder for each ranking model. The service looks for other models among those that come with it.',
      range: 'a folder',
    } satisfies Meaning),
  MODEL: z
    .string()
    .default('')
    .meta({
      description:
        'Model that ranks items until a mutation such as `activateModel` chooses others, or if the service cannot load these when it starts. `default` is the shipped model. With an empty value, the [first stage](../concepts/first-stage.md) ranks: it learns from what your users choose.',
      range: 'a folder of `MODEL_DIR`, or empty',
    } satisfies Meaning),
  EXPLORATION: flag(
    'With `0`, slates never contain items drawn at random ([exploration](../concepts/exploration.md)). With `1`, the domain decides.',
    '1',
  ),
  VECTOR_SHARE: z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'a number from 0 to 1')
    .transform(Number)
    .default(0.01)
    .meta({
      description:
        'Share of the slates of which the service logs the features of all candidates. The command [`verify-features`](commands-models.md#liverank-verify-features) compares them with those that training computes.',
      range: '0 to 1',
    } satisfies Meaning),
  CONSENT: z
    .enum(CONSENT_RULES)
    .optional()
    .meta({
      description:
        'With `required`, the service records events of a user only after `upsertUsers` with [`consent: true`](../guides/rights-of-people.md#ask-for-consent). With `assumed`, it records them until `consent: false`. Unset: the domain decides (built-in ones: `assumed`).',
      range: CONSENT_RULES.map((rule) => `\`${rule}\``).join(', '),
    } satisfies Meaning),
  CLOCK: choice(
    ['wall', 'events'],
    'wall',
    'With `wall`, the service uses the clock of the machine. With `events`, the present is the time of the latest event. Use `events` only to process an old log again.',
  ),
  CLOCK_CHECKED: z.iso
    .date('must be a date, such as 2026-11-27')
    .transform((date) => Date.parse(date))
    .optional()
    .meta({
      description:
        'Date on which you checked that the clock of the machine is right. Set it and restart if the service [warns](../concepts/bad-numbers-and-wrong-clocks.md#clocks) that the clock was off for more than a day. It counts only for starts within a day of this date.',
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
