import { expect } from 'vitest'
import { z } from 'zod'
import { COUNTING_PARTS } from '../../src/accumulators/counted-events.ts'
import { DEFAULT_EXPIRY, keptFor } from '../../src/state/expiry.ts'
import type { SetView } from '../../src/state/shared-sums.ts'
import { kindOf, type SharedKind, type SlotLayout } from '../../src/state/slots.ts'
import type { StateStore } from '../../src/state/store.ts'
import type { Part, UserValue } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import type { OpenedService } from './service.ts'
import { entitiesOf } from './stored-entities.ts'

/** One place of a row, or one member of a set, as a value at the beginning of `epoch`. */
export interface Snapshot {
  readonly users: Record<string, unknown>
  /** Of these users, as they are kept for reading, the last recorded first. */
  readonly events: Record<string, readonly string[]>
  /** Users of whom figures are summarised. */
  readonly sample: readonly string[]
  readonly items: Record<string, unknown>
  readonly lists: Record<string, unknown>
  readonly rows: Record<string, readonly number[]>
  readonly sets: Record<string, SetView>
  readonly layout: SlotLayout
}

/** All state of a service: decoded values of these users, everything uploaded, and all shared sums. */
export async function snapshot(service: OpenedService, userIds: readonly string[]): Promise<Snapshot> {
  await service.store.settle()
  return snapshotOf(service, await entitiesOf(service), userIds)
}

/** The same of a store as it stands, given the keys of its shared entities. */
export async function snapshotOf(
  { store, accumulators }: Pick<OpenedService, 'store' | 'accumulators'>,
  entities: readonly string[],
  userIds: readonly string[],
): Promise<Snapshot> {
  const { layout, codec } = accumulators
  const values = await store.readValues(userIds.map((id) => ({ kind: 'user' as const, id })))
  // By maps: an id may be `__proto__`.
  const users = new Map<string, unknown>()
  userIds.forEach((userId, i) => {
    const bytes = values[i]
    if (!bytes) return
    const { parts, ...rest } = codec.decode(bytes)
    users.set(userId, { ...rest, parts: { ...sortedObject(parts), ...countsOf(parts) } })
  })
  const events = new Map<string, readonly string[]>()
  for (const userId of userIds) events.set(userId, await store.readEvents(userId))
  const sample = await store.sampleUsers()
  const rows: Record<string, readonly number[]> = {}
  for (const kind of ['item', 'attribute'] as const) {
    const keys = entities.filter((entity) => kindOf(entity) === kind)
    const { width, data } = await store.readRows(kind, keys)
    keys.forEach((key, i) => {
      rows[key] = Array.from(data.subarray(i * width, (i + 1) * width))
    })
  }
  const sets: Record<string, SetView> = {}
  for (const set of layout.sets) {
    const keys = entities.filter((entity) => kindOf(entity) === set.kind)
    const views = await store.readSets(keys.map((entity) => ({ entity, set, limit: set.capacity })))
    keys.forEach((key, i) => {
      if (views[i].members.length > 0) sets[`${set.name} of ${key}`] = views[i]
    })
  }
  return {
    users: sortedObject(users),
    events: sortedObject(events),
    sample,
    items: await uploads(store, 'item'),
    lists: await uploads(store, 'list'),
    rows,
    sets,
    layout,
  }
}

/** The counts of limits as rows: comparisons do not see the private fields of their tables. */
function countsOf(parts: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const described = (COUNTING_PARTS as readonly Part<unknown>[]).flatMap((part) => {
    const held = parts.get(part.name)
    return held === undefined ? [] : [[part.name, part.describe(held, 0)]]
  })
  return Object.fromEntries(described)
}

async function uploads(store: StateStore, kind: 'item' | 'list'): Promise<Record<string, unknown>> {
  const found = new Map<string, unknown>()
  for await (const { id, value } of store.listSubjects(kind)) found.set(id, JSON.parse(Buffer.from(value).toString('utf8', 8)))
  return sortedObject(found)
}

function sortedObject<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What is left when everything goes that no read and no accepted event can see again, as it does with a snapshot of the embedded store. */
export function unexpired(state: Snapshot, now: number): Snapshot {
  const over = now - 98 * DAY
  const { item, attribute } = state.layout.names
  const seen = (entity: string, row: readonly number[]) =>
    row[(entity.startsWith('item:') ? item : attribute).indexOf('last_seen')] >= over
  const rows = Object.fromEntries(Object.entries(state.rows).filter(([entity, row]) => seen(entity, row)))
  const stays = (user: UserValue) => {
    const kept = keptFor(user, DEFAULT_EXPIRY)
    return kept === 0 || Math.max(user.lastEventAt, user.attributesAt) >= now - 8 * DAY - kept
  }
  return {
    ...state,
    rows,
    users: Object.fromEntries(Object.entries(state.users).filter(([, user]) => stays(user as UserValue))),
    sets: Object.fromEntries(Object.entries(state.sets).filter(([name]) => name.slice(name.indexOf(' of ') + 4) in rows)),
  }
}

/** Decayed figures may differ by rounding alone. */
const TOLERANCE = 1e-9

const marked = z.looseObject({ erasing: z.array(z.string()).min(1) })

/** Users whose erasure was cut short: their log entries may be gone while the marked value waits for the next call. */
export function beingErased({ users }: Snapshot): ReadonlySet<string> {
  return new Set(Object.keys(users).filter((userId) => marked.safeParse(users[userId]).success))
}

/**
 * Fails unless both are one state: values of users and uploads equal, undecayed figures equal, decayed ones to 1e-9 relative,
 * sets member by member.
 */
export function expectSameState(actual: Snapshot, expected: Snapshot): void {
  expect(actual.users).toEqual(expected.users)
  expect(actual.events).toEqual(expected.events)
  expect(actual.sample).toEqual(expected.sample)
  expect(actual.items).toEqual(expected.items)
  expect(actual.lists).toEqual(expected.lists)
  expect(Object.keys(actual.rows).sort()).toEqual(Object.keys(expected.rows).sort())
  for (const key of Object.keys(expected.rows)) {
    const difference = rowDifference(kindOf(key), actual.rows[key], actual.layout, expected.rows[key], expected.layout)
    // The message holds it whole: a failed expectation shows only its beginning.
    expect(difference, `row of ${key}: ${difference}`).toBeUndefined()
  }
  expect(Object.keys(actual.sets).sort()).toEqual(Object.keys(expected.sets).sort())
  for (const key of Object.keys(expected.sets)) {
    const difference = setDifference(actual.sets[key], expected.sets[key])
    expect(difference, `set ${key}: ${difference}`).toBeUndefined()
  }
}

/** What differs between two rows, compared by the names of the columns that both layouts have; undefined if nothing does. */
export function rowDifference(
  kind: SharedKind,
  actual: readonly number[],
  actualLayout: SlotLayout,
  expected: readonly number[],
  expectedLayout: SlotLayout,
): string | undefined {
  const names = expectedLayout.names[kind]
  for (let column = 0; column < names.length; column++) {
    const name = names[column]
    const at = actualLayout.names[kind].indexOf(name)
    if (at < 0 || name.endsWith(':epoch')) continue
    const decays = names[column + 1] === `${name}:epoch`
    const same = decays
      ? close(actual[at], actual[at + 1], expected[column], expected[column + 1])
      : actual[at] === expected[column]
    if (!same) {
      return `${name}: ${actual.slice(at, at + 2)} instead of ${expected.slice(column, column + 2)}`
    }
  }
  return undefined
}

export function setDifference(actual: SetView, expected: SetView): string | undefined {
  const scores = new Map(actual.members.map((member, i) => [member, actual.scores[i]]))
  if (scores.size !== expected.members.length) return `${scores.size} members instead of ${expected.members.length}`
  for (let i = 0; i < expected.members.length; i++) {
    const score = scores.get(expected.members[i])
    if (score === undefined) return `${expected.members[i]} is missing`
    if (!close(score, actual.epoch, expected.scores[i], expected.epoch)) {
      return `${expected.members[i]}: ${score} in epoch ${actual.epoch} instead of ${expected.scores[i]} in epoch ${expected.epoch}`
    }
  }
  return undefined
}

/** Whether two decayed sums are one value, seen from the later of their epochs. */
function close(a: number, epochOfA: number, b: number, epochOfB: number): boolean {
  const epoch = Math.max(epochOfA, epochOfB)
  const x = a === 0 ? 0 : a * 2 ** (64 * (epochOfA - epoch))
  const y = b === 0 ? 0 : b * 2 ** (64 * (epochOfB - epoch))
  return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y)) + Number.MIN_VALUE * 2 ** 52
}

/** How much of the 20 highest of `expected` is among the 20 highest of `actual`: 1 is all. */
export function topOverlap(actual: SetView, expected: SetView): number {
  const wanted = expected.members.slice(0, 20)
  const held = new Set(actual.members.slice(0, 20))
  return wanted.length === 0 ? 1 : wanted.filter((member) => held.has(member)).length / wanted.length
}
