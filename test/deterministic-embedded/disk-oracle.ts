import { gunzipSync } from 'node:zlib'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Restore } from '../../src/events/restore.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { readArchive } from '../../src/state/log/archive.ts'
import type { LogEntry } from '../../src/state/log-entry.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { whyItemsAreWrong, whyLivesAreMixed } from '../deterministic/item-oracle.ts'
import { Violation } from '../deterministic/oracle.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import { ARCHIVE, FOLDER } from './simulated-store.ts'

/** @throws Violation if a file on the disk names an erased user */
export function expectErased(disk: SimulatedDisk, erased: readonly string[]): void {
  for (const path of disk.paths()) {
    const bytes = disk.content(path)
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
    const named = erased.find((userId) => text.includes(userId))
    if (named !== undefined) throw new Violation(`${path} names ${named}, who was erased`)
  }
}

/**
 * Folds the log on the disk, which holds each acknowledged event once.
 * @param itemUploads attributes of items as they were sent, by the number of the upload
 * @param users number of users whose values the fold keeps
 * @returns the store that the log adds up to
 * @throws Violation if an event is missing, or is in the log twice
 */
export async function expectLogged(
  disk: SimulatedDisk,
  acknowledged: Iterable<string>,
  itemUploads: ReadonlyMap<number, JsonObject>,
  users: number,
): Promise<{ store: MemoryStore; accumulators: AccumulatorSet }> {
  const accumulators = new AccumulatorSet(eCommerce.accumulators)
  const clock = { now: () => 0, wall: () => 0, monotonic: () => 0, at: () => 0, arrive: () => {}, ofClient: (at: number) => at }
  const store = new MemoryStore({ layout: accumulators.layout, lateness: eCommerce.lateness, wall: clock.wall })
  const random = { stamp: () => Buffer.alloc(8), integer: () => 0, id: () => '' }
  const restore = new Restore({ store, domain: eCommerce, accumulators, random, clock, held: users })
  const logged: string[] = []
  const items: LogEntry[] = []
  const folders = disk.exists(ARCHIVE) ? [ARCHIVE, FOLDER] : [FOLDER]
  for await (const { entry, where } of readArchive(...folders)) {
    await restore.applyEntry(entry, where)
    if (entry.kind === 'item') items.push(entry)
    if (entry.kind !== 'events') continue
    logged.push(...entry.events.map(({ event }) => event.eventId))
    const problem = whyLivesAreMixed(entry)
    if (problem !== undefined) throw new Violation(problem)
  }
  restore.finish()
  const problem = whyItemsAreWrong(items, itemUploads)
  if (problem !== undefined) throw new Violation(problem)
  const inLog = new Set(logged)
  if (inLog.size < logged.length) throw new Violation(`recorded twice: ${logged.filter((id, i) => logged.indexOf(id) !== i)}`)
  for (const eventId of acknowledged) {
    if (!inLog.has(eventId)) throw new Violation(`${eventId} was acknowledged, and is not in the log`)
  }
  return { store, accumulators }
}
