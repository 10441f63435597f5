import { type ConnectionOptions, connect } from 'node:tls'
import { Redis, type RedisOptions } from 'ioredis'
import { LiverankError } from '../../errors.ts'
import { placeOf, type RedisAccess, type RedisPlace, withoutCredentials } from './access.ts'
import type { NodeAddress } from './any-node-connector.ts'
import { PATIENCE_MS, saysNoReason, startError } from './start-error.ts'

/**
 * Connects once to the server of REDIS_URL, to any node of its cluster, or to the master that its sentinels name. If that fails, the
 * error says why in one sentence.
 * @throws LiverankError UNAVAILABLE if no server answers, CONFIGURATION if the settings do not fit the server
 */
export async function expectRedis(access: RedisAccess): Promise<void> {
  const place = placeOf(access)
  const where = `REDIS_URL ${withoutCredentials(access.url)}`
  const told = { where, usesTls: place.options.tls !== undefined }
  const servers = place.kind === 'server' ? [place.node] : place.kind === 'cluster' ? place.nodes : [await masterBy(place, told)]
  const problems: unknown[] = []
  for (const node of servers) {
    try {
      const isCluster = await readIsCluster(new Redis({ ...node, ...place.options, ...ONCE }))
      if (isCluster === undefined || isCluster === (place.kind === 'cluster')) return
      throw new LiverankError(
        'CONFIGURATION',
        isCluster
          ? `${where}: the server is a node of a cluster. Write redis+cluster://host:port,host:port.`
          : `${where}: the server is not a node of a cluster. Write redis://host:port.`,
      )
    } catch (error) {
      if (error instanceof LiverankError) throw error
      problems.push(await reasonOf(error, node, place.options))
    }
  }
  const named = place.kind === 'sentinel' ? `${where}, master ${servers[0].host}:${servers[0].port}` : where
  throw startError(problems[0], { ...told, where: named })
}

const ONCE: RedisOptions = {
  lazyConnect: true,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
  connectTimeout: PATIENCE_MS,
  commandTimeout: PATIENCE_MS,
  enableReadyCheck: false,
}

/** The error of a connection; what the server says over TLS, if the error does not tell. */
async function reasonOf(error: unknown, node: NodeAddress, { tls }: RedisOptions): Promise<unknown> {
  return (tls && saysNoReason(error) && (await readTlsRefusal(node, tls))) || error
}

/** Asks the sentinels for the master. @throws LiverankError if none answers, or none knows a master of this name */
async function masterBy(
  place: RedisPlace & { kind: 'sentinel' },
  { where, usesTls }: { where: string; usesTls: boolean },
): Promise<NodeAddress> {
  const problems: unknown[] = []
  let answers = 0
  for (const node of place.nodes) {
    try {
      const master = await readMaster(new Redis({ ...node, ...place.sentinelOptions, ...ONCE }), place.masterName)
      if (master) return master
      answers++
    } catch (error) {
      problems.push(await reasonOf(error, node, place.sentinelOptions))
    }
  }
  if (answers > 0)
    throw new LiverankError('CONFIGURATION', `${where}: the sentinels know no master "${place.masterName}". Correct its name.`)
  throw startError(problems[0], { where: `${where} (sentinel)`, usesTls })
}

async function readMaster(client: Redis, name: string): Promise<NodeAddress | undefined> {
  return connected(client, async () => {
    const found = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    return Array.isArray(found) ? { host: String(found[0]), port: Number(found[1]) } : undefined
  })
}

/** Undefined where the server does not tell. @throws the first error of the connection */
async function readIsCluster(client: Redis): Promise<boolean | undefined> {
  return connected(client, async () => {
    await client.ping()
    const info = await client.info('cluster').catch(() => '')
    return /^cluster_enabled:(\d)/m.exec(info)?.[1] === undefined ? undefined : info.includes('cluster_enabled:1')
  })
}

/** Connects, asks, and disconnects. @throws the first error of the connection */
async function connected<T>(client: Redis, ask: () => Promise<T>): Promise<T> {
  const failed = new Promise<never>((_, reject) => client.on('error', reject))
  failed.catch(() => {})
  try {
    return await Promise.race([failed, client.connect().then(ask)])
  } catch (error) {
    // The error of the socket says more than that of the command, and comes with it.
    throw await Promise.race([failed, Promise.resolve(error)]).catch((first: unknown) => first)
  } finally {
    client.disconnect()
  }
}

/** How long a server is listened to, in ms. */
const LISTENS_MS = 1000

/**
 * Returns why a server ends TLS connections; undefined if it does not say. With TLS 1.3 it judges the certificate of a client after the
 * client counts as connected. If the client has sent a command by then, the end of the connection may overtake the reason, which is
 * lost. So this connection sends nothing, and listens.
 */
function readTlsRefusal({ host, port }: NodeAddress, options: ConnectionOptions): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, host, port })
    const end = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(error)
    }
    const timer = setTimeout(end, LISTENS_MS)
    // It may fail once more, when it is destroyed.
    socket.on('error', end)
    socket.once('close', () => end())
    // Without a reader, the end of the connection goes unnoticed.
    socket.resume()
  })
}
