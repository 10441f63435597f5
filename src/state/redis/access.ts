import type { ConnectionOptions } from 'node:tls'
import type { RedisOptions } from 'ioredis'
import { LiverankError } from '../../errors.ts'
import type { NodeAddress } from './any-node-connector.ts'

/** The access to Redis: its address, the credentials of the service, and the certificates. */
export interface RedisAccess {
  /** REDIS_URL. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly sentinelUsername?: string | undefined
  readonly sentinelPassword?: string | undefined
  /** Certificates and key as PEM. Used only if the URL asks for TLS. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Options of a connection that authenticate it, encrypt it and choose a database. */
type Credentials = Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>

/** The address of Redis, and the options with which its client connects to each server. */
export type RedisPlace = { readonly options: Credentials } & (
  | { readonly kind: 'server'; readonly node: NodeAddress }
  | { readonly kind: 'cluster'; readonly nodes: readonly NodeAddress[] }
  | {
      readonly kind: 'sentinel'
      readonly nodes: readonly NodeAddress[]
      readonly masterName: string
      /** Options for the sentinels themselves. */
      readonly sentinelOptions: Credentials
    }
)

const DEFAULT_PORT = { server: 6379, cluster: 6379, sentinel: 26379 } as const
const FORMS = 'redis://host:port, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master-name'

/** Returns where Redis is. @throws LiverankError CONFIGURATION if the URL names no server. The message has no password. */
export function placeOf(access: RedisAccess): RedisPlace {
  const { url } = access
  const [, scheme, suffix, rest = ''] = /^(rediss?)(\+cluster|\+sentinel)?:\/\/(.*)$/s.exec(url) ?? []
  if (scheme === undefined) throw unusable(url, `write ${FORMS}`)
  const tls = scheme === 'rediss' ? { tls: tlsOptionsOf(access) } : {}
  const { username, password } = access
  const options = { ...tls, ...defined({ username, password }) }
  if (suffix === undefined) return serverOf(url, options)
  if (rest.includes('@'))
    throw unusable(url, `redis${suffix}:// takes no user or password: set REDIS_USERNAME and REDIS_PASSWORD`)
  const [hosts, path = ''] = rest.split('/')
  const kind = suffix === '+cluster' ? 'cluster' : 'sentinel'
  const nodes = hosts.split(',').map((host) => nodeOf(url, host, DEFAULT_PORT[kind]))
  if (kind === 'cluster') {
    if (path !== '') throw unusable(url, 'redis+cluster:// takes hosts and ports only, without a database')
    return { kind, nodes, options }
  }
  if (path === '') throw unusable(url, 'add the name of the master, as in redis+sentinel://host:port,host:port/mymaster')
  const { sentinelUsername, sentinelPassword } = access
  const sentinelOptions = { ...tls, ...defined({ username: sentinelUsername, password: sentinelPassword }) }
  return { kind, nodes, masterName: decodeURIComponent(path), options, sentinelOptions }
}

/** Returns an address without a user or password, for logs and errors. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/.*@/s, '//')
}

function serverOf(url: string, options: Credentials): RedisPlace {
  const parsed = URL.parse(url)
  if (!parsed?.hostname) throw unusable(url, `write ${FORMS}`)
  const [, db] = /^\/(\d+)$/.exec(parsed.pathname) ?? []
  if (db === undefined && !['', '/'].includes(parsed.pathname))
    throw unusable(url, 'after the port comes the number of a database')
  const own = defined({
    username: decodeURIComponent(parsed.username) || undefined,
    password: decodeURIComponent(parsed.password) || undefined,
  })
  const node = { host: unbracketed(parsed.hostname), port: Number(parsed.port || DEFAULT_PORT.server) }
  return { kind: 'server', node, options: { ...own, ...options, ...(db !== undefined && { db: Number(db) }) } }
}

function nodeOf(url: string, host: string, port: number): NodeAddress {
  const parsed = URL.parse(`redis://${host}`)
  if (!parsed?.hostname) throw unusable(url, `"${host}" is not host:port`)
  return { host: unbracketed(parsed.hostname), port: Number(parsed.port || port) }
}

/** An address of IPv6 without the brackets that a URL needs. */
function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

function tlsOptionsOf({ ca, cert, key }: RedisAccess): ConnectionOptions {
  return defined({ ca, cert, key })
}

function defined<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string }
}

function unusable(url: string, advice: string): LiverankError {
  return new LiverankError('CONFIGURATION', `REDIS_URL is ${withoutCredentials(url)}: ${advice}.`)
}
