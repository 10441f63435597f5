import { AccumulatorSet, expiryTestsAt } from '../../src/accumulators/accumulator-set.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import type { Clock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { People } from '../../src/events/people.ts'
import { Restore } from '../../src/events/restore.ts'
import { Uploads } from '../../src/events/uploads.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import { followCatalogue } from '../../src/live/follow-copies.ts'
import { LocalSignals } from '../../src/live/signals.ts'
import type { Randomness } from '../../src/random.ts'
import { Compaction } from '../../src/state/embedded/compaction.ts'
import { type FsyncPolicy, Journal } from '../../src/state/embedded/journal.ts'
import { JournalFolder } from '../../src/state/embedded/journal-folder.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { readSegment } from '../../src/state/log/compressed-segments.ts'
import { NONCES } from '../../src/state/log/not-counted.ts'
import { readJournal } from '../../src/state/log/read-journal.ts'
import { pause, type Timers } from '../../src/timers.ts'
import type { World } from '../deterministic/world.ts'

export const FOLDER = '/data'
export const ARCHIVE = `${FOLDER}/archive`
/** Few enough that values are also let go. */
const HELD = 3

export interface StoreSettings {
  readonly fsync: FsyncPolicy
  /** Bytes of journal after which a snapshot is written; 0 for never. */
  readonly everyBytes: number
  readonly archive: string | undefined
}

export type Opened = Awaited<ReturnType<typeof openStore>>

/** The embedded store as `service.ts` wires it, on the clock and the chance of the run. */
export async function openStore(world: World, timers: Timers, { fsync, everyBytes, archive }: StoreSettings) {
  const domain = eCommerce
  const accumulators = new AccumulatorSet(domain.accumulators)
  const { layout } = accumulators
  const { lateness } = domain
  const now = () => Math.floor(world.now)
  const clock: Clock = { now, wall: now, monotonic: () => world.now, at: now, arrive: () => {}, ofClient: (at: number) => at }
  const random = randomnessOf(world)
  const warn = (message: string) => world.note('warns', [message.replace(/\.[0-9a-f]{12}-\d+\./, '.')])
  const folder = await JournalFolder.open(FOLDER, archive, () => {})
  const { contents, segments } = await folder.recover(layout, lateness, warn)
  let compaction: Compaction | undefined
  const journal = await Journal.open(folder.livePath, fsync, (bytes) => compaction?.grown(bytes), timers)
  const signals = new LocalSignals()
  const store = new MemoryStore({
    layout,
    lateness,
    wall: now,
    contents,
    journal,
    purge: (persons, count) => compaction!.erase(persons, count),
    onSignal: (subject, signal) => signals.publish(subject, signal),
  })
  const restore = new Restore({ store, domain, accumulators, random, clock, held: HELD })
  for (const path of segments) for await (const { line, where } of readSegment(path)) await restore.apply(line, where)
  for await (const { line, where } of readJournal(folder.livePath, warn)) await restore.apply(line, where)
  restore.finish()
  compaction = new Compaction({
    everyBytes,
    folder,
    journal,
    contents,
    layout,
    forget: (subjects) => store.forget(subjects).recorded,
    isChanged: (subject) => store.isChanged(subject),
    now,
    expiryTestsAt: (at) => expiryTestsAt({ now: at, wall: now(), lateness, expiry: domain.expiry, accumulators }),
    inform: () => {},
    warn,
  })
  await journal.append(JSON.stringify({ kind: 'layout', format: 1, names: layout.names }))
  const catalogue = new Catalogue(domain.attributes)
  const onError = (error: unknown) => world.defects.push(error as Error)
  await followCatalogue(catalogue, store, signals, onError, (ms) => pause(timers, ms))
  const parts = { store, domain, accumulators, catalogue, clock, random, timers, held: HELD }
  const people = new People(parts)
  const enrichment = new Enrichment(parts)
  const ingest = new Ingest({ ...parts, people, enrichment })
  const erasures = new UserErasures({ ...parts, people })
  return { store, accumulators, catalogue, people, erasures, ingest, uploads: new Uploads({ ...parts, people }), compaction }
}

/** Stamps are unlike any others, as 8 random bytes are; so are nonces. */
function randomnessOf(world: World): Randomness {
  return {
    stamp: () => Buffer.from(String(world.unique()).padStart(8, '0')),
    integer: (limit) => (limit === NONCES ? world.unique() : world.chance.between(0, limit)),
    id: () => `made-${world.unique()}`,
  }
}
