import { join } from 'node:path'
import { expect, it } from 'vitest'
import { redisAvailable } from '../support/redis-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { fuzz } from './fuzz.ts'

/** For each store; FUZZ_MINUTES for another time, FUZZ_SEED for another beginning. */
const MINUTES = Number(process.env.FUZZ_MINUTES ?? 1 / 3)
const SEED = Number(process.env.FUZZ_SEED ?? 20)
const MINUTE = 60_000
/** Only a service that hangs: beside other programs, an answer may take long without anyone's fault. `npm run fuzz` is stricter. */
const STALL_MS = 60_000
/** What the fuzzer does at least, however slow the machine is. */
const LEAST = 10

async function findingsOn(store: 'embedded' | 'redis'): Promise<unknown> {
  const findingsPath = join(await temporaryDirectory(), 'findings.jsonl')
  const { findings, operations, acknowledged } = await fuzz({
    store,
    seed: SEED,
    forMs: MINUTES * MINUTE,
    roundMs: Math.min(MINUTE, (MINUTES * MINUTE) / 3),
    stallMs: STALL_MS,
    findingsPath,
    tell: (line) => console.info(`${store}: ${line}`),
  })
  expect(operations).toBeGreaterThan(LEAST)
  expect(acknowledged).toBeGreaterThan(LEAST)
  return findings
}

const STORES = redisAvailable ? (['embedded', 'redis'] as const) : (['embedded'] as const)

// The stores share the time, since each is two processes that wait for each other.
it('a service keeps running, restarts and counts right whatever is sent to it, on either store', {
  timeout: (MINUTES * 2 + 10) * MINUTE,
}, async () => {
  expect(await Promise.all(STORES.map(findingsOn))).toEqual(STORES.map(() => []))
})
