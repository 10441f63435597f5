import { isDeepStrictEqual } from 'node:util'
import { type Catalogue, parseItem, readItem, type StoredItem } from '../../src/catalogue/catalogue.ts'
import type { EventsEntry, LogEntry } from '../../src/state/log-entry.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import type { Snapshot } from '../support/state-snapshot.ts'

/** Stands between the id of an item and the number of its life: see `ItemLives`. */
const LIFE = '\u0001'
const OF_ITEM = 'item:'

/** Returns the key of an item's shared sums in one of its lives. */
export function keyInLife(itemId: string, life: number): string {
  return life === 0 ? `${OF_ITEM}${itemId}` : `${OF_ITEM}${itemId}${LIFE}${life}`
}

/** Attribute that tells uploads of a run apart. */
export const UPLOAD = 'upload'

/** @returns why the log of items is wrong; undefined if it is not */
export function whyItemsAreWrong(entries: readonly LogEntry[], uploads: ReadonlyMap<number, JsonObject>): string | undefined {
  const latest = new Map<string, StoredItem>()
  for (const entry of entries) {
    if (entry.kind !== 'item') continue
    const item = parseItem(entry.upload)
    const problem = whyWrongStep(latest.get(entry.id), item, uploads)
    if (problem !== undefined)
      return `item ${entry.id}: ${problem}: ${JSON.stringify(latest.get(entry.id))} → ${JSON.stringify(item)}`
    latest.set(entry.id, item)
  }
  return undefined
}

function whyWrongStep(
  before: StoredItem | undefined,
  after: StoredItem,
  uploads: ReadonlyMap<number, JsonObject>,
): string | undefined {
  const [life, lifeBefore] = [after.life ?? 0, before?.life ?? 0]
  if (before && after.updatedAt <= before.updatedAt) return 'a later state has an earlier time'
  if (before && !before.deleted) {
    if (life !== lifeBefore || after.addedAt !== before.addedAt) return 'it began another life without being deleted'
    return undefined
  }
  if (after.deleted) return 'it was deleted twice'
  if (before ? life !== lifeBefore + 1 : life !== 0) return 'it was added in the wrong life'
  if (after.addedAt !== after.updatedAt) return 'it is not new in a new life'
  const sent = uploads.get(Number(after.attributes[UPLOAD]))
  if (!isDeepStrictEqual(after.attributes, sent))
    return `it has other attributes than those that were sent, ${JSON.stringify(sent)}`
  return undefined
}

/** @returns why increments of an entry are of the wrong lives: an item counts in one life only; undefined if they are not */
export function whyLivesAreMixed({ increments, events }: EventsEntry): string | undefined {
  const lives = new Map<string, string>()
  const names = increments.flatMap(([entity, , sets]) => [
    ...(entity.startsWith(OF_ITEM) ? [entity.slice(OF_ITEM.length)] : []),
    ...sets.flatMap((value) => (typeof value === 'string' ? [value] : [])),
  ])
  for (const name of names) {
    const [itemId, life = '0'] = name.split(LIFE)
    const other = lives.get(itemId)
    if (other !== undefined && other !== life) {
      return `${events.map(({ event }) => event.eventId)} count for ${itemId} in life ${other} and in life ${life}`
    }
    lives.set(itemId, life)
  }
  return undefined
}

/** @returns why events do not count for an item in its present life; undefined if they do */
export function whyInAnotherLife({ increments, events }: EventsEntry, itemId: string, life: number): string | undefined {
  if (increments.some(([entity]) => entity === keyInLife(itemId, life))) return undefined
  const counted = increments.map(([entity]) => entity).filter((entity) => entity.startsWith(OF_ITEM))
  return `${events.map(({ event }) => event.eventId)} came in life ${life} of ${itemId}, and count for ${JSON.stringify(counted)}`
}

/**
 * Leaves out the shared sums that nobody reads: those of lives before the last one. When they are dropped is not in the log.
 * @param hasLost whether the store may have gone back to an earlier life, whose sums were dropped before
 */
export function withoutPastLives(snapshot: Snapshot, hasLost: boolean): Snapshot {
  const isRead = (entity: string) => {
    if (!entity.startsWith(OF_ITEM)) return true
    const [itemId, life = '0'] = entity.slice(OF_ITEM.length).split(LIFE)
    const item = snapshot.items[itemId]
    const present = item === undefined ? 0 : (parseItem(item).life ?? 0)
    return hasLost ? Number(life) === present : Number(life) >= present - 1
  }
  const entityOf = (set: string) => set.slice(set.indexOf(' of ') + ' of '.length)
  return {
    ...snapshot,
    rows: Object.fromEntries(Object.entries(snapshot.rows).filter(([entity]) => isRead(entity))),
    sets: Object.fromEntries(Object.entries(snapshot.sets).filter(([set]) => isRead(entityOf(set)))),
  }
}

/** @returns how a process sees an item otherwise than it is stored; undefined if it does not */
export function whyOutdated(catalogue: Catalogue, itemId: string, stored: Uint8Array | null | undefined): string | undefined {
  const item = stored == null ? undefined : readItem(itemId, stored, () => {})
  const seen = catalogue.get(itemId)
  const [inLife, storedLife] = [catalogue.lives.keyOf(itemId), keyInLife(itemId, item?.life ?? 0)]
  if (inLife !== storedLife) return `it counts for ${inLife}; stored is ${storedLife}`
  const present = item?.deleted ? undefined : item
  if (seen?.updatedAt !== present?.updatedAt || !isDeepStrictEqual(seen?.attributes, present?.attributes))
    return `it has ${JSON.stringify(seen)}; stored is ${JSON.stringify(item)}`
  return undefined
}
