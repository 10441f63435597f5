import { z } from 'zod'
import { DOMAIN_NAMES } from './domain/built-in-domain-names.ts'
import { LiverankError } from './errors.ts'
import { networkSettings } from './settings/network-settings.ts'
import { redisProblems, redisSettings } from './settings/redis-settings.ts'
import { choice, flag, type Meaning, optionalWhole, text, whole } from './settings/setting-kinds.ts'
import { slateProblems, slateSettings } from './settings/slate-settings.ts'
import { CONSENT_RULES } from './state/consent.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])
/** As many as HS256 has bits of output (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host)
}

/** Public keys that come unencrypted over a network could be anyone's. */
function isSafeKeyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname.replace(/^\[|\]$/g, '')))
}

/** The schema of all settings, in the order of the reference page. */
export const settings = z.object({
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({
      description:
        'Address to listen on. If other machines can reach the address, the service starts only with a [key](../guides/authenticate-clients.md), `JWT_SECRET`, `JWKS_URL` or `ALLOW_UNAUTHENTICATED=1`.',
      range: 'an address of this machine',
    } satisfies Meaning),
  PORT: whole(4000, 0, 65535, 'Port to listen on. `0` picks a free port, which the log line `serving` names.'),
  ALLOW_UNAUTHENTICATED: flag(
    '`1`: accept connections from other machines although no key, `JWT_SECRET` or `JWKS_URL` is configured. Everyone who can reach the port can then read and write everything. Once one of these is configured, this setting has no effect.',
  ),
  HEALTH_PORT: optionalWhole(
    0,
    65535,
    'Second port for `/health` and `/ready`. A separate thread answers there at once, even if the service is overloaded. Unset: there is no such port.',
  ),
  METRICS_PORT: optionalWhole(
    0,
    65535,
    'Port for `GET /metrics`, in the text format of Prometheus. It needs no token or key, so let only your monitoring reach it. Unset: the service serves no metrics. See [monitor](../guides/monitor.md).',
  ),
  DRAIN_MS: whole(
    0,
    0,
    10 * 60_000,
    'Milliseconds for which the service still serves after SIGTERM or SIGINT, while `/ready` answers 503. If a load balancer stands in front of the service, set this above the time that the balancer takes to notice the 503.',
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
        'Secret that your servers share with the service, to sign tokens with HS256. Callers must then show a token or a key.',
      range: `at least ${MIN_SECRET_BYTES} bytes`,
    } satisfies Meaning),
  JWKS_URL: z
    .string()
    .refine(isSafeKeyAddress, 'a URL with https, or with http on this machine')
    .optional()
    .meta({
      description:
        'Address of the public keys of an identity provider that signs tokens (RS256, ES256 or EdDSA). The service fetches these keys every 10 minutes, and when a token names a new key. Callers must then show a token or a key.',
      range: '`https://…`, or `http://` on this machine',
    } satisfies Meaning),
  JWT_ISSUER: text('Value that the claim `iss` of tokens must have. Unset: any value, or none.', 'a text'),
  JWT_AUDIENCE: text('Value that the claim `aud` of tokens must have, alone or in a list. Unset: any value, or none.', 'a text'),
  GRAPHIQL: flag(
    '`1`: serve GraphiQL, a console for the browser, at `/graphql`, and allow introspection of the schema. `npm start` sets it.',
  ),
  ...networkSettings.shape,
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'Lowest level of log lines to write. Log lines are JSON on standard output.',
  ),
  ...redisSettings,
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'letters, digits, _ and -')
    .default('lr')
    .meta({
      description:
        'Prefix of every key that the service writes in Redis. Several services with different prefixes can share one Redis.',
      range: 'letters, digits, `_`, `-`',
    } satisfies Meaning),
  PARTITIONS: whole(
    16,
    1,
    256,
    'Number of partitions in Redis. A partition is a group of users with one log. You cannot change the number after the first start on a store.',
  ),
  SHARDS: whole(
    8,
    1,
    256,
    'Number of shards in Redis. A shard holds a part of the shared sums (totals of items and attribute values). You cannot change the number after the first start on a store.',
  ),
  DURABILITY: choice(
    ['memory', 'replica'],
    'memory',
    'When the service acknowledges an event: once a Redis master has the event in memory (`memory`), or once a replica has it too (`replica`).',
  ),
  ALLOW_EVICTION: flag('`1`: start even if Redis may evict keys when its memory is full. Eviction loses acknowledged events.'),
  LOG_MARGIN: whole(
    60,
    1,
    7 * 24 * 60,
    'Minutes for which Redis keeps each log entry, at least. The time must be longer than a failover takes, in which a replica replaces a failed master. A failover may undo what the service last added to the shared sums (totals of items and attribute values). The service then adds it again, from these log entries.',
  ),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .meta({
      description: 'Folder of the embedded store, with the journal (its log) and snapshots of the state.',
      range: 'a folder on a local disk',
    } satisfies Meaning),
  JOURNAL_FSYNC: choice(
    ['always', 'everysec', 'no'],
    'everysec',
    'When the embedded store syncs its journal (its log) to disk: before it acknowledges an event (`always`), every second (`everysec`), or when the operating system decides to (`no`).',
  ),
  SNAPSHOT_EVERY_MB: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number')
    .transform(Number)
    .default(64)
    .meta({
      description:
        'Size of the journal, in megabytes, at which the embedded store writes a snapshot of its state. `0`: it never writes one.',
      range: 'a number from 0',
    } satisfies Meaning),
  ARCHIVE_DIR: z
    .string()
    .optional()
    .meta({
      description:
        'Folder to which the service moves old parts of the log, compressed with gzip, so that training can read them. Set to an empty value: the service deletes old parts. Unset: the embedded store uses `DATA_DIR/archive`, and a service on Redis deletes old parts.',
      range: 'a folder, or empty',
    } satisfies Meaning),
  ...slateSettings,
  DOMAIN: z
    .string()
    .min(1)
    .default('e-commerce')
    .meta({
      description:
        '[Domain](domains.md) of the service. It says what your event types, attributes and surfaces mean, and which sources propose items.',
      range: `${DOMAIN_NAMES.map((name) => `\`${name}\``).join(', ')}, or the path of a domain file`,
    } satisfies Meaning),
  MODEL_DIR: z
    .string()
    .min(1)
    .default('./models')
    .meta({
      description:
        'Folder that holds one folder for each model. If a model is not there, the service looks for it among the models that come with the service.',
      range: 'a folder',
    } satisfies Meaning),
  MODEL: z
    .string()
    .default('default')
    .meta({
      description:
        'Model that ranks in a new store. Empty: no model ranks, and a fixed rule orders the items, by the ranks that the sources gave to them. Once a mutation such as `activateModel` has changed the models, the store says which model ranks. From then on, the service uses this setting only if a process starts and cannot load the model that should rank.',
      range: 'a folder of `MODEL_DIR`, or empty',
    } satisfies Meaning),
  EXPLORATION: flag(
    '`0`: slates show no items drawn at random ([exploration](../concepts/exploration.md)), whatever the domain says. `1`: the domain decides.',
    '1',
  ),
  VECTOR_SHARE: z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'a number from 0 to 1')
    .transform(Number)
    .default(0.01)
    .meta({
      description:
        'Share of slates for which the service logs all candidates (items that could be in the slate) with their features. The command `verify-features` checks these features.',
      range: '0 to 1',
    } satisfies Meaning),
  CONSENT: z
    .enum(CONSENT_RULES)
    .optional()
    .meta({
      description:
        'Whether the service records users who have not [consented](../guides/rights-of-people.md#ask-for-consent). `required`: it records and uses nothing of a user before a call of `upsertUsers` with `consent: true`. `assumed`: it records the user until a call with `consent: false`. Unset: the domain decides. Built-in domains have `assumed`.',
      range: CONSENT_RULES.map((rule) => `\`${rule}\``).join(', '),
    } satisfies Meaning),
  CLOCK: choice(
    ['wall', 'events'],
    'wall',
    'What counts as the present time: the time of this machine (`wall`), or the time of the latest event (`events`). Use `events` to replay old logs.',
  ),
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
    ...(result.success ? [...portProblems(result.data), ...slateProblems(result.data)] : []),
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
