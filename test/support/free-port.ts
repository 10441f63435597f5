import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that a system gives to connections, and to servers that ask for any: 32768 and up on Linux, 49152 and up elsewhere. */
const FIRST = 20_000
const COUNT = 10_000

let next = randomInt(COUNT)

/**
 * A port on loopback that nobody listens on now. It stays free: the system gives it to nobody, this process returns it only once, and
 * another process begins elsewhere.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT)
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
