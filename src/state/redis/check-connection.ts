import { Redis } from 'ioredis'
import { LiverankError } from '../../errors.ts'
import { parseUrl, withoutPassword } from './connection.ts'

/** How long a server may take to answer at the start, in ms. */
const PATIENCE_MS = 5000

/**
 * Connects once to the server of REDIS_URL, or to any node of its cluster. If that fails, the error says why in one sentence.
 * @throws LiverankError UNAVAILABLE if no server answers, CONFIGURATION if REDIS_URL does not fit the server
 */
export async function expectRedis(url: string): Promise<void> {
  const address = parseUrl(url)
  const problems: unknown[] = []
  const clients = address.isCluster
    ? address.nodes.map((node) => () => new Redis({ ...node, ...ONCE }))
    : [() => new Redis(url, ONCE)]
  for (const open of clients) {
    try {
      const isCluster = await readIsCluster(open())
      if (isCluster === undefined || isCluster === address.isCluster) return
      throw new LiverankError(
        'CONFIGURATION',
        isCluster
          ? `REDIS_URL is ${withoutPassword(url)}, but the server is a node of a cluster: write redis+cluster://host:port,host:port.`
          : `REDIS_URL is ${withoutPassword(url)}, but the server is not a node of a cluster: write redis://host:port.`,
      )
    } catch (error) {
      if (error instanceof LiverankError) throw error
      problems.push(error)
    }
  }
  throw startError(problems[0], url)
}

const ONCE = {
  lazyConnect: true,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
  connectTimeout: PATIENCE_MS,
  commandTimeout: PATIENCE_MS,
  enableReadyCheck: false,
}

/** Undefined where the server does not tell. @throws the first error of the connection */
async function readIsCluster(client: Redis): Promise<boolean | undefined> {
  const failed = new Promise<never>((_, reject) => client.on('error', reject))
  failed.catch(() => {})
  try {
    await Promise.race([failed, client.connect().then(() => client.ping())])
    const info = await client.info('cluster').catch(() => '')
    return /^cluster_enabled:(\d)/m.exec(info)?.[1] === undefined ? undefined : info.includes('cluster_enabled:1')
  } catch (error) {
    // The error of the socket says more than that of the command, and comes with it.
    throw await Promise.race([failed, Promise.resolve(error)]).catch((first: unknown) => first)
  } finally {
    client.disconnect()
  }
}

function startError(problem: unknown, url: string): LiverankError {
  const { message, code } = problem as NodeJS.ErrnoException
  const where = `REDIS_URL ${withoutPassword(url)}`
  const options = { cause: problem }
  if (/^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/.test(message)) {
    return new LiverankError(
      'CONFIGURATION',
      `Redis at ${where} refuses the user or password: correct them in REDIS_URL.`,
      options,
    )
  }
  if (/SSL|TLS|wrong version number|packet length|certificate/i.test(`${code} ${message}`)) {
    const advice = /certificate/i.test(message) ? 'check its certificate' : 'write redis:// if the server does not use TLS'
    return new LiverankError('CONFIGURATION', `Redis at ${where} cannot be reached over TLS: ${advice}.`, options)
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new LiverankError('UNAVAILABLE', `The host of ${where} is unknown: correct its name, or check DNS.`, options)
  }
  if (code === 'ECONNREFUSED') {
    return new LiverankError('UNAVAILABLE', `Nothing listens at ${where}: start Redis, or correct the address.`, options)
  }
  if (/^LOADING/.test(message)) {
    return new LiverankError('UNAVAILABLE', `Redis at ${where} is loading its data: start again once it has finished.`, options)
  }
  const tls = url.startsWith('rediss:') ? 'does not use TLS, write redis://' : 'uses TLS, write rediss://'
  return new LiverankError(
    'UNAVAILABLE',
    `Redis at ${where} did not answer within ${PATIENCE_MS / 1000} s, or closed the connection: check the address and the network. If the server ${tls}.`,
    options,
  )
}
