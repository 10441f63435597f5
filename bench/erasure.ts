import { eventClock } from '../src/clock.ts'
import { eraseUser } from '../src/events/user-erasure.ts'
import { systemRandomness } from '../src/random.ts'
import { startTemporaryRedis } from '../src/replay/temporary-redis.ts'
import { openStore } from './support/open-store.ts'

const USERS = 100_000
const ERASED = 50
const BATCH = 1000
/** How often the event loop is looked at, in ms. */
const TICK_MS = 5

/** Erases 50 users at once from a store of 100,000 on Redis, all of whose events are still in the log, and says for how long that stalls the process. */
export default async function benchErasure(): Promise<void> {
  const redis = await startTemporaryRedis()
  try {
    const service = await openStore({ clock: eventClock(Date.now()), redis: redis.url })
    const now = Date.now()
    for (let start = 0; start < USERS; start += BATCH) {
      const events = Array.from({ length: BATCH }, (_, i) => ({
        eventId: 'e',
        userId: `user-${start + i}`,
        itemId: `item-${(start + i) % 500}`,
        eventType: 'view',
        timestamp: now,
      }))
      const outcomes = await service.ingest.record(events)
      if (outcomes.some(({ status }) => status !== 'RECORDED')) throw new Error('an event was not recorded')
    }
    await service.store.settle()
    const random = systemRandomness()
    const users = Array.from({ length: ERASED }, () => `user-${random.integer(USERS)}`)
    let longest = 0
    let last = performance.now()
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last - TICK_MS)
      last = performance.now()
    }, TICK_MS)
    const began = performance.now()
    const erased = await Promise.all(users.map((userId) => eraseUser(userId, service)))
    const tookMs = Math.round(performance.now() - began)
    clearInterval(ticking)
    const logEntries = erased.reduce((sum, one) => sum + one.logEntries, 0)
    console.log(
      `${ERASED} erasures of ${USERS} users: ${tookMs} ms, ${logEntries} log entries; longest stall ${Math.round(longest)} ms`,
    )
    await service.close()
  } finally {
    await redis.stop()
  }
}
