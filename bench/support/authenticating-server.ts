import { SignJWT } from 'jose'
import { COMMAND_LINE } from '../../src/auth/audit-entry.ts'
import { createKey } from '../../src/auth/audited-keys.ts'
import { wallClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { Metrics } from '../../src/metrics/metrics.ts'
import { openMetricsPort } from '../../src/metrics/metrics-port.ts'
import { systemRandomness } from '../../src/random.ts'
import { startServer } from '../../src/server/server.ts'
import { openService } from '../../src/service.ts'
import { NETWORK_DEFAULTS } from '../../src/settings/network-settings.ts'

/** What callers of the server show. `metrics`: nothing, and the server measures as with METRICS_PORT. */
export type Credentials = 'none' | 'token' | 'key' | 'metrics'

/** First message of the server process; the answers to further messages are `process.cpuUsage()`. */
export interface Started {
  readonly url: string
  /** By user, the token or key to show; undefined for none. */
  readonly credentials: readonly (string | undefined)[]
}

const SECRET = 'a secret of a benchmark, of more than 32 bytes'

/** The program of a server process: serves on a free port, with an embedded store in memory. */
async function run(kind: Credentials, users: number, items: number): Promise<void> {
  const logger = warningsOnStderr()
  const metrics = kind === 'metrics' ? new Metrics(eCommerce) : undefined
  const service = await openService({
    config: readConfig({ MODEL: '', ...(kind === 'token' && { JWT_SECRET: SECRET }) }),
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger,
    observer: metrics,
  })
  const address = { host: '127.0.0.1', port: 0 }
  const server = await startServer(service, { ...address, graphiql: false, logger, observer: metrics?.server })
  if (metrics) {
    metrics.measureProcess()
    metrics.watch({ service, load: () => server.load() })
    await openMetricsPort(metrics, { ...address, network: NETWORK_DEFAULTS, logger })
  }
  const key = kind === 'key' ? (await createKey(service, COMMAND_LINE, 'backend', 'bench')).text : undefined
  const credentials = await Promise.all(
    Array.from({ length: users }, (_, user) => (kind === 'token' ? tokenOf(`user-${user}`) : key)),
  )
  // Of items that nobody has uploaded, names are counted for devices: that is no cost of authentication.
  await service.uploads.upsertItems(Array.from({ length: items }, (_, n) => ({ itemId: `i${n}`, attributes: {} })))
  process.on('message', () => process.send!(process.cpuUsage()))
  process.send!({ url: server.url, credentials } satisfies Started)
}

function tokenOf(userId: string): Promise<string> {
  return new SignJWT({ role: 'device' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
}

const [kind, users, items] = process.argv.slice(2)
await run(kind as Credentials, Number(users), Number(items))
