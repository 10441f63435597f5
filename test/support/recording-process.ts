import { pino } from 'pino'
import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { wallClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { systemRandomness } from '../../src/random.ts'
import { openService } from '../../src/service.ts'

/**
 * A program that records events into the folder of its first argument as fast as it can, until it is killed, and writes the id of
 * each to standard output when it has been acknowledged. Its second argument begins the ids, a third says how often a snapshot is
 * written.
 */
const [dataDir, prefix, snapshotEvery = '0'] = process.argv.slice(2)
const service = await openService({
  config: readConfig({ MODEL: '', JOURNAL_FSYNC: 'no', SNAPSHOT_EVERY_MB: snapshotEvery }),
  dataDir,
  domain: { ...eCommerce, limits: NO_LIMITS },
  clock: wallClock(),
  random: systemRandomness(),
  logger: pino({ level: 'silent' }),
})

let sent = 0

async function record(lane: number): Promise<void> {
  for (;;) {
    const inputs = Array.from({ length: 1 + (lane % 4) }, () => {
      const n = ++sent
      return {
        eventId: `${prefix}-${n}`,
        userId: `u${n % 3}`,
        itemId: `i${n % 7}`,
        eventType: n % 5 === 0 ? 'add_to_cart' : 'view',
      }
    })
    const outcomes = await service.ingest.record(inputs)
    const recorded = outcomes.flatMap((outcome) => (outcome.status === 'RECORDED' ? [outcome.event.eventId] : []))
    process.stdout.write(recorded.map((eventId) => `${eventId}\n`).join(''))
    // The loop of events must turn, or the other lanes and the journal would wait for this one.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => record(lane)))
