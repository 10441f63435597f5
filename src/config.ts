import { z } from 'zod'
import { LiverankError } from './errors.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1')

const switchedOn = z
  .enum(['0', '1'])
  .default('1')
  .transform((value) => value === '1')

const whole = (fallback: number, least: number, most: number) =>
  z.string().regex(/^\d+$/, 'a whole number').transform(Number).pipe(z.number().min(least).max(most)).default(fallback)

const settings = z.object({
  /** Address to listen on. */
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(4000, 0, 65535),
  /** redis://…, rediss://…, or redis+cluster://host:port,host:port. Absent: the embedded store. */
  REDIS_URL: z.string().min(1).optional(),
  /** What every key in Redis begins with. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'letters, digits, _ and -')
    .default('lr'),
  PARTITIONS: whole(16, 1, 256),
  SHARDS: whole(8, 1, 256),
  /** memory: an event is acknowledged when Redis has it. replica: when a replica has it too. */
  DURABILITY: z.enum(['memory', 'replica']).default('memory'),
  /** Journal of the embedded store. */
  DATA_DIR: z.string().min(1).default('./data'),
  /** Event types, attributes, surfaces, sources and so on: the name of a built-in domain, or the path of a domain file. */
  DOMAIN: z.string().min(1).default('e-commerce'),
  /** When the journal reaches the disk. */
  JOURNAL_FSYNC: z.enum(['always', 'everysec', 'no']).default('everysec'),
  /** Bytes of journal, in MB, after which the embedded store writes a snapshot. 0: never. */
  SNAPSHOT_EVERY_MB: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number')
    .transform(Number)
    .default(64),
  /** Where closed stretches of the log are kept. Empty: they are dropped. Absent: DATA_DIR/archive for the embedded store, none for Redis. */
  ARCHIVE_DIR: z.string().optional(),
  /** For how many minutes Redis keeps log entries that are folded. */
  LOG_MARGIN: whole(60, 1, 7 * 24 * 60),
  /** Share of the slates whose candidates and feature vectors are logged, 0 to 1, so that training can prove that it sees them too. */
  VECTOR_SHARE: z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'a number from 0 to 1')
    .transform(Number)
    .default(0.01),
  /** Folder with one folder per model. A name that it lacks is looked for among the models of the package. */
  MODEL_DIR: z.string().min(1).default('./models'),
  /** Name of the model that ranks as long as nothing is on record of models. Empty: none, ranking is left to a rule. */
  MODEL: z.string().default('default'),
  /** wall: now is the time of this machine. events: now is the time of the latest event, for replays. */
  CLOCK: z.enum(['wall', 'events']).default('wall'),
  /** 0: every slate is the ranking's, whatever the domain leaves to chance. */
  EXPLORATION: switchedOn,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Serve beyond this machine although anyone who reaches the port may read and write everything. */
  ALLOW_UNAUTHENTICATED: flag,
  /** Start although Redis drops keys when its memory is full, and acknowledged events with them. */
  ALLOW_EVICTION: flag,
  /** Serve the GraphiQL page and introspection. */
  GRAPHIQL: flag,
})

export type Config = Readonly<z.infer<typeof settings>>

/**
 * Reads and checks all settings together.
 * @throws LiverankError CONFIGURATION naming every setting that is wrong
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const result = settings.safeParse(environment)
  const problems = result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const { HOST: host = '127.0.0.1', ALLOW_UNAUTHENTICATED: allowed } = environment
  if (host !== '' && !LOOPBACK.has(host) && allowed !== '1') {
    problems.push(
      `HOST: ${host} is reachable from other machines, and this version does not authenticate anyone. Set ALLOW_UNAUTHENTICATED=1 if whoever reaches the port may read and write everything, or put a gateway in front.`,
    )
  }
  if (environment.DURABILITY === 'replica' && environment.REDIS_URL === undefined) {
    problems.push(
      'DURABILITY: replica is for Redis with replicas, and REDIS_URL is not set; JOURNAL_FSYNC is for the embedded store.',
    )
  }
  if (!result.success || problems.length > 0)
    throw new LiverankError('CONFIGURATION', `The settings are not usable.\n  ${problems.join('\n  ')}`)
  return result.data
}

/** As `readConfig`, for a command that works on the store and does not listen: HOST, which an image may set, is left out. */
export function readStoreConfig(environment: Record<string, string | undefined>): Config {
  return readConfig({ ...environment, HOST: undefined })
}
