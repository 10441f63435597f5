import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that a system gives to connections, and to servers that ask for any: 32768 and up on Linux, 49152 and up elsewhere. */
const FIRST = 20_000
/** Ports of one process of a test run, which has fewer such processes at a time than there are shares. */
const SHARE = 2000
const SHARES = 5

const share = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES
let next = randomInt(SHARE)

/**
 * A port on loopback that nobody listens on now. It stays free: the system gives it to nobody, this process returns it only once, and
 * the other processes of the test run take theirs elsewhere.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + share * SHARE + (next++ % SHARE)
    const probe = createServer().listen(port, '127.0.0.1')
    try {
      await once(probe, 'listening')
    } catch {
      continue
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}
