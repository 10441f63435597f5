import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { COUNTING_PARTS } from '../accumulators/counted-events.ts'
import { userListId } from '../candidates/offline.ts'
import type { Domain } from '../domain/domain.ts'
import { assignedPolicy } from '../domain/experiment.ts'
import { UnreadableStateError } from '../errors.ts'
import { findPerson, PeopleReader } from '../events/person.ts'
import { decodeKeptEvent } from '../state/kept-events.ts'
import { decodeOfflineList } from '../state/offline-list.ts'
import { OwnedEntries } from '../state/owned-entries.ts'
import type { FoundEntry, IsOver } from '../state/personal-data.ts'
import { decodeSlate } from '../state/slate-codec.ts'
import type { StateStore } from '../state/store.ts'
import { type JsonObject, type Part, timeText, type UserValue } from '../state/user-value.ts'

/** Version of the JSON format. It rises with each change that could break readers of earlier exports. */
export const EXPORT_FORMAT = 1

export interface PersonExportParts {
  readonly store: Pick<StateStore, 'readValues' | 'readEvents' | 'personalData'>
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  /** Time of the clock of features, in ms. Decayed sums are given as of this time. */
  readonly now: number
  /** Returns the model that ranks for a user; undefined for none, or if this process ranks for nobody. */
  readonly modelOf?: (userId: string) => string | undefined
}

/** Lists of an export, in their order. */
export const SECTIONS = ['users', 'events', 'offlineLists', 'slates', 'eventIdHashes', 'log'] as const
export type Section = (typeof SECTIONS)[number]

/** One piece of data about a person, such as an event, with the list of the export to which it belongs. */
export interface ExportedRecord {
  readonly section: Section
  readonly record: JsonObject
}

/** The data of one person. Reading `records` reads the store bit by bit, so that the whole never has to be in memory. */
export interface PersonExport {
  /** All ids of the person; the owner, for whom events count, first. */
  readonly userIds: readonly string[]
  /** Format, time, and what is assigned to the person. */
  readonly head: JsonObject
  /** Records by section, in the order of `SECTIONS`. */
  readonly records: AsyncIterable<ExportedRecord>
}

/**
 * Begins to export all that is stored of a person, under every id of the person.
 * @param userId any id of the person
 * @param isOver asked while the log is read; the records end early when it returns true
 * @throws UnavailableError if the store does not answer
 */
export async function exportPerson(parts: PersonExportParts, userId: string, isOver: IsOver): Promise<PersonExport> {
  const userIds = await idsOf(parts, userId)
  const { domain, modelOf, now } = parts
  const [owner] = userIds
  const model = modelOf?.(owner)
  const head = {
    format: EXPORT_FORMAT,
    userId,
    userIds: [...userIds],
    exportedAt: new Date(now).toISOString(),
    assignment: { policy: assignedPolicy(owner, domain.experiment).name, model: model ?? null },
  }
  return { userIds, head, records: recordsOf(parts, userIds, isOver) }
}

/** Of a person whose stored values cannot all be read, only the given id is found, as in an erasure. */
async function idsOf(parts: PersonExportParts, userId: string): Promise<readonly string[]> {
  const people = new PeopleReader(parts)
  try {
    const { values } = await findPerson(userId, new Set(), people)
    const owner = await people.ownerOf(userId)
    return [owner, ...[...values.keys()].filter((id) => id !== owner)]
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    return [userId]
  }
}

async function* recordsOf(
  { store, accumulators, now }: PersonExportParts,
  userIds: readonly string[],
  isOver: IsOver,
): AsyncGenerator<ExportedRecord> {
  const { personalData } = store
  for (const userId of userIds) {
    const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
    const marks = await personalData.marksOf(userId)
    if (bytes || marks.isFollowed || marks.isSampled)
      yield { section: 'users', record: { userId, ...marks, ...readableValue(accumulators, userId, bytes, now) } }
  }
  for (const userId of userIds) {
    for (const kept of await store.readEvents(userId)) yield { section: 'events', record: plain(decodeKeptEvent(userId, kept)) }
  }
  for (const userId of userIds) {
    const [bytes] = await store.readValues([{ kind: 'list', id: userListId(userId) }])
    if (bytes) yield { section: 'offlineLists', record: { userId, ...plain(decodeOfflineList(bytes)) } }
  }
  for (const userId of userIds) {
    for await (const { recommendationId, bytes } of personalData.slatesOf(userId))
      yield { section: 'slates', record: { recommendationId, ...decodeSlate(recommendationId, bytes) } }
  }
  for (const userId of userIds) {
    for await (const { hash, at } of personalData.eventIdHashesOf(userId))
      yield { section: 'eventIdHashes', record: { userId, hash, at: new Date(at).toISOString() } }
  }
  const subjects = userIds.flatMap((id) => [{ kind: 'user', id } as const, { kind: 'list', id: userListId(id) } as const])
  for await (const found of personalData.entriesOf(new OwnedEntries(subjects), isOver))
    yield { section: 'log', record: readableEntry(accumulators, found) }
}

/** A stored value that cannot be read is given as it is. */
function readableValue(accumulators: AccumulatorSet, userId: string, bytes: Uint8Array | undefined, now: number): JsonObject {
  if (!bytes) return {}
  try {
    return readableUser(accumulators, accumulators.codec.decodeOf(userId, bytes), now)
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    return { unreadable: Buffer.from(bytes).toString('base64') }
  }
}

/** The entry as logged; but the state that a merge took is described by name, as of the merge. */
function readableEntry(accumulators: AccumulatorSet, found: FoundEntry): JsonObject {
  if ('unreadable' in found) return { unreadable: found.unreadable }
  const { entry } = found
  if (entry.kind !== 'merge' || entry.step !== 'take') return plain(entry)
  return { ...plain(entry), value: readableValue(accumulators, entry.other, Buffer.from(entry.value, 'base64'), entry.at) }
}

function plain(record: object): JsonObject {
  return JSON.parse(JSON.stringify(record)) as JsonObject
}

/**
 * Describes a user value as JSON for people: every accumulator's state by name. Expired state that is still stored is included.
 * @param at time at which to read decayed sums, in ms of the clock of features
 */
function readableUser(accumulators: AccumulatorSet, value: UserValue, at: number): JsonObject {
  const { links } = value
  const now = value.timeAt(at)
  const state: JsonObject = {}
  for (const { name, parts } of [...accumulators.accumulators, { name: 'counting_limits', parts: COUNTING_PARTS }]) {
    const held = describeParts(parts ?? [], value, now)
    if (Object.keys(held).length > 0) state[name] = held
  }
  return {
    version: value.version,
    lastEventAt: timeText(value.lastEventAt),
    latestEventId: value.latestEventId === '' ? null : value.latestEventId,
    attributes: value.attributes,
    attributesUploadedAt: timeText(value.attributesAt),
    optedOut: value.optedOut,
    consent: value.consent ? { given: value.consent.given, since: new Date(value.consent.at).toISOString() } : null,
    mergedInto: links.owner === '' ? null : links.owner,
    isMoving: links.isMoving,
    mergedFrom: [...links.mergedFrom],
    arriving: [...links.arriving],
    erasing: [...links.erasing],
    erasingSince: timeText(links.erasingSince),
    state,
    ofOtherVersions: value.foreign.map(({ code, bytes }) => ({ code, bytes: bytes.toString('base64') })),
  }
}

function describeParts(parts: readonly Part<unknown>[], value: UserValue, now: number): JsonObject {
  const described: JsonObject = {}
  for (const part of parts) {
    const held = value.parts.get(part.name)
    if (held !== undefined && !part.isEmpty(held)) described[part.name] = part.describe(held, now)
  }
  return described
}
