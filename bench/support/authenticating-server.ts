import { SignJWT } from 'jose'
import { COMMAND_LINE } from '../../src/auth/audit-entry.ts'
import { createKey } from '../../src/auth/audited-keys.ts'
import { wallClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../../src/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { startServer } from '../../src/server/server.ts'
import { openService } from '../../src/service.ts'

/** What callers of the server show. */
export type Credentials = 'none' | 'token' | 'key'

/** First message of the server process; the answers to further messages are `process.cpuUsage()`. */
export interface Started {
  readonly url: string
  /** By user, the token or key to show; undefined for none. */
  readonly credentials: readonly (string | undefined)[]
}

const SECRET = 'a secret of a benchmark, of more than 32 bytes'

/** The program of a server process: serves on a free port, with an embedded store in memory. */
async function run(kind: Credentials, users: number): Promise<void> {
  const logger = warningsOnStderr()
  const service = await openService({
    config: readConfig({ MODEL: '', ...(kind === 'token' && { JWT_SECRET: SECRET }) }),
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger,
  })
  const { url } = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
  const key = kind === 'key' ? (await createKey(service, COMMAND_LINE, 'backend', 'bench')).text : undefined
  const credentials = await Promise.all(
    Array.from({ length: users }, (_, user) => (kind === 'token' ? tokenOf(`user-${user}`) : key)),
  )
  process.on('message', () => process.send!(process.cpuUsage()))
  process.send!({ url, credentials } satisfies Started)
}

function tokenOf(userId: string): Promise<string> {
  return new SignJWT({ role: 'device' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
}

const [kind, users] = process.argv.slice(2)
await run(kind as Credentials, Number(users))
