import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { LiverankError } from '../errors.ts'
import { placeOf, type RedisAccess } from '../state/redis/access.ts'
import { isLoopback } from './safe-address.ts'
import { flag, text } from './setting-kinds.ts'

/** Settings for the address of Redis, the credentials of the service, and the certificates that it trusts. */
export const redisSettings = {
  REDIS_URL: text(
    'Redis in which the service keeps its state: one server, a cluster, or a master that sentinels know. `rediss` means TLS. Unset: the state is in memory, with files in `DATA_DIR`.',
    '`redis://host:port`, `redis+cluster://host:port,host:port`, `redis+sentinel://host:port,host:port/master-name`, or these with `rediss`',
  ),
  REDIS_USERNAME: text('User in Redis. Unset: the user in `REDIS_URL`, or `default`.', 'a name'),
  REDIS_PASSWORD: text('Password in Redis. Unset: the password in `REDIS_URL`, or none.', 'a password'),
  REDIS_SENTINEL_USERNAME: text('User at the sentinels. Unset: `default`.', 'a name'),
  REDIS_SENTINEL_PASSWORD: text('Password at the sentinels. Unset: none.', 'a password'),
  REDIS_CA: text('Authorities that may sign the certificate of Redis. Unset: those that Node knows.', 'the path of a PEM file'),
  REDIS_CERT: text(
    'Certificate of the service. Set it, and `REDIS_KEY`, if Redis asks clients for one.',
    'the path of a PEM file',
  ),
  REDIS_KEY: text('Private key of the certificate in `REDIS_CERT`.', 'the path of a PEM file'),
  ALLOW_PLAINTEXT_REDIS: flag(
    'With `1`, the service starts even if it reaches a Redis on another machine [without TLS](redis.md#without-tls). Whoever can reach the network in between can then read the password and all data, change the data, and end the service.',
  ),
}

/** Values of these settings. Without `REDIS_URL`, the service uses the embedded store, and the others have no effect. */
export type RedisSettings = {
  readonly [name in keyof typeof redisSettings]?: z.output<(typeof redisSettings)[name]> | undefined
}

/** Returns a sentence for each setting of Redis that does not fit the others. */
export function* redisProblems(settings: Readonly<Record<string, string | undefined>>): Generator<string> {
  const { REDIS_URL: url, REDIS_USERNAME, REDIS_PASSWORD, REDIS_CERT, REDIS_KEY } = settings
  const given = Object.keys(redisSettings).filter((name) => name !== 'REDIS_URL' && settings[name] !== undefined)
  if (!url) {
    for (const name of given) yield `${name}: it has no effect without REDIS_URL. Set REDIS_URL, or unset ${name}.`
    return
  }
  if (settings.ALLOW_PLAINTEXT_REDIS !== '1') yield* plaintextProblems(url)
  if (REDIS_PASSWORD !== undefined && url.includes('@'))
    yield 'REDIS_PASSWORD: REDIS_URL has a user or a password too. Remove one of them.'
  if (REDIS_USERNAME !== undefined && REDIS_PASSWORD === undefined)
    yield 'REDIS_USERNAME: the user needs a password. Set REDIS_PASSWORD.'
  for (const name of given.filter((one) => /_(CA|CERT|KEY)$/.test(one)))
    if (!url.startsWith('rediss')) yield `${name}: REDIS_URL does not use TLS. Write rediss:// in REDIS_URL, or unset ${name}.`
  if ((REDIS_CERT === undefined) !== (REDIS_KEY === undefined))
    yield 'REDIS_CERT and REDIS_KEY: one needs the other. Set both, or none.'
  for (const name of given.filter((one) => one.startsWith('REDIS_SENTINEL_')))
    if (!/^rediss?\+sentinel:/.test(url)) yield `${name}: REDIS_URL names no sentinels. Unset ${name}.`
}

/** Says what is wrong with an address that names no server, or one of another machine without TLS. */
function* plaintextProblems(url: string): Generator<string> {
  try {
    const place = placeOf({ url })
    const nodes = place.kind === 'server' ? [place.node] : place.nodes
    const others = place.options.tls ? [] : nodes.filter(({ host }) => !isLoopback(host))
    if (others.length > 0)
      yield `REDIS_URL: ${others[0].host} is another machine, and redis:// means without TLS. Write rediss://. If nobody else can reach the network in between, set ALLOW_PLAINTEXT_REDIS=1 instead.`
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
    yield error.message
  }
}

/**
 * Returns how to reach Redis, and reads the certificates.
 * @throws Error with `path` if a file cannot be read
 */
export function redisAccessOf(settings: RedisSettings, url: string): RedisAccess {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'))
  return {
    url,
    username: settings.REDIS_USERNAME,
    password: settings.REDIS_PASSWORD,
    sentinelUsername: settings.REDIS_SENTINEL_USERNAME,
    sentinelPassword: settings.REDIS_SENTINEL_PASSWORD,
    ca: read(settings.REDIS_CA),
    cert: read(settings.REDIS_CERT),
    key: read(settings.REDIS_KEY),
  }
}
