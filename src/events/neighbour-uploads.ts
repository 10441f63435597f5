import { isDeepStrictEqual } from 'node:util'
import { expiryOf, type ServedNeighbourLists } from '../candidates/offline.ts'
import { loadNeighbours, readNeighbourLists, readNeighbourRecord } from '../candidates/read-neighbours.ts'
import { MAX_LISTS, MAX_NEIGHBOURS, type NeighbourLists } from '../catalogue/neighbour-lists.ts'
import { InvalidInputError, NotFoundError, UnavailableError } from '../errors.ts'
import { decodeNeighbourPart, encodeNeighbourPart, type NeighbourPart } from '../state/neighbour-part.ts'
import {
  decodeNeighbourRecord,
  encodeNeighbourRecord,
  NEIGHBOUR_RECORD,
  type NeighbourRecord,
  NO_NEIGHBOURS,
  neighbourPart,
  partsGivenUp,
  type ServedNeighbours,
} from '../state/neighbour-record.ts'
import { type SwapUploadParts, swapUpload } from './swap.ts'
import type { RefusedRow } from './uploads.ts'
import { checkId, checkNumber, MAX_AHEAD } from './validate-event.ts'

/** Most parts of one version. */
export const MAX_PARTS = 1000
/** Most versions that can be uploaded at the same time. The start of another one gives up the oldest. */
const MAX_ARRIVING = 3

export interface NeighbourUploadsParts extends SwapUploadParts {
  readonly neighbourLists: ServedNeighbourLists
}

/** A part of a version, before its lists are checked. */
export interface NeighbourPartInput {
  readonly version: string
  /** Number of the part, from 0. */
  readonly part: number
  /** Number of all parts of the version. */
  readonly parts: number
  readonly lists: readonly NeighbourListInput[]
}

/** What to serve from now on. */
export interface ServeInput {
  readonly version: string
  /** When the lists were computed, in ms since 1970. */
  readonly generatedAt: number
  /** Number of lists in all parts together. */
  readonly lists: number
  readonly decay: number
}

/**
 * Uploads of neighbour lists. A version is uploaded part by part, and then served as a whole. A stored part never changes, so two
 * uploads cannot mix.
 */
export class NeighbourUploads {
  readonly #parts: NeighbourUploadsParts

  constructor(parts: NeighbourUploadsParts) {
    this.#parts = parts
  }

  /**
   * Stores one part of a version, if all its lists are valid. Nothing is served yet. The same part can be sent again.
   * @returns the invalid lists. If there are any, nothing was stored
   * @throws InvalidInputError for a wrong version or part, or for a part that was stored with other lists
   */
  async upload({ version, part, parts, lists }: NeighbourPartInput): Promise<readonly RefusedRow[]> {
    checkId(version, 'version')
    checkWithin(parts, 1, MAX_PARTS, 'parts')
    checkWithin(part, 0, parts - 1, 'part')
    const { part: columns, refused } = checkedPart(lists)
    if (refused.length > 0) return refused
    await this.#register(version, parts)
    const { random, clock } = this.#parts
    const subject = neighbourPart(version, part)
    await swapUpload(this.#parts, { kind: 'neighbours', id: subject.id }, (current) => {
      if (current === undefined) {
        const value = encodeNeighbourPart(columns, random.stamp())
        return { value, at: clock.now(), upload: { ...columns }, signal: undefined }
      }
      if (isDeepStrictEqual(decodeNeighbourPart(current), columns)) return undefined
      throw new InvalidInputError(
        `Part ${part} of version ${version} was stored with other lists, perhaps by another upload: begin again with a new version.`,
        'version',
      )
    })
    return []
  }

  /**
   * Serves a version in place of the one before. Resolves when this process serves it; other processes follow by a signal.
   * @returns the new version, and the one that it replaced. They are the same if this version is served already
   * @throws NotFoundError if the version, or a part of it, is not stored
   * @throws InvalidInputError if the version is older than the served one, has expired, or has another number of lists
   */
  async serve(input: ServeInput): Promise<{ lists: NeighbourLists; before: ServedNeighbours | null }> {
    this.#check(input)
    const { store, clock, neighbourLists } = this.#parts
    const { version, generatedAt, decay } = input
    const { served: before, arriving } = await readNeighbourRecord(store)
    const repeated = before?.version === version ? before : undefined
    if (repeated && (repeated.generatedAt !== generatedAt || repeated.decay !== decay))
      throw new InvalidInputError(`Version ${version} is served already, with another generatedAt or decay.`, 'version')
    const stored = repeated ?? arriving.find((one) => one.version === version) ?? unknownVersion(version)
    const served = repeated ?? { version, parts: stored.parts, generatedAt, decay, servedAt: clock.now() }
    const lists = await readNeighbourLists(store, served)
    if (lists.lists !== input.lists)
      throw new InvalidInputError(
        `The parts of version ${version} have ${lists.lists} lists, not ${input.lists}: upload a new version.`,
        'lists',
      )
    neighbourLists.prepared = lists
    try {
      const replaced = repeated ? before : (await this.#changeRecord((record) => serving(record, served), version)).served
      // By the record: meanwhile, another process may have served a newer version.
      await loadNeighbours(neighbourLists, store, (error) => {
        throw error
      })
      return { lists, before: replaced }
    } finally {
      if (neighbourLists.prepared === lists) neighbourLists.prepared = undefined
    }
  }

  #check({ version, generatedAt, lists, decay }: ServeInput): void {
    checkId(version, 'version')
    checkWithin(lists, 1, MAX_LISTS, 'lists')
    checkNumber(decay, 'decay')
    if (decay < 0) throw new InvalidInputError(`decay is ${decay}: send 0, or a number above 0.`, 'decay')
    const now = this.#parts.clock.now()
    if (generatedAt > now + MAX_AHEAD)
      throw new InvalidInputError("generatedAt is ahead of the server's clock: send the time of the computation.", 'generatedAt')
    if (now >= expiryOf(generatedAt)) throw new InvalidInputError('These lists have expired: compute new ones.', 'generatedAt')
  }

  /** Notes a version of which parts are about to come. */
  async #register(version: string, parts: number): Promise<void> {
    await this.#changeRecord((record) => {
      if (record.served?.version === version)
        throw new InvalidInputError(`Version ${version} is served already: use a new version.`, 'version')
      // Another process may be deleting its parts.
      if (record.leaving.some((one) => one.version === version))
        throw new InvalidInputError(`Version ${version} was given up: use a new version.`, 'version')
      const known = record.arriving.find((one) => one.version === version)
      if (known && known.parts !== parts)
        throw new InvalidInputError(`Version ${version} was begun with ${known.parts} parts, not ${parts}.`, 'parts')
      if (known) return undefined
      const arriving = [...record.arriving, { version, parts }]
      const leaving = arriving.splice(0, Math.max(0, arriving.length - MAX_ARRIVING))
      return { ...record, arriving, leaving }
    })
  }

  /**
   * Changes the record, and deletes the parts of versions that nobody needs any more.
   * @param signal to other processes, if the served version changes
   * @returns the record before the change
   */
  async #changeRecord(
    change: (record: NeighbourRecord) => NeighbourRecord | undefined,
    signal?: string,
  ): Promise<NeighbourRecord> {
    const { store, random, clock } = this.#parts
    let before = NO_NEIGHBOURS
    let after: NeighbourRecord | undefined
    await swapUpload(this.#parts, NEIGHBOUR_RECORD, (current) => {
      before = decodeNeighbourRecord(current)
      after = change(before)
      if (!after) return undefined
      return { value: encodeNeighbourRecord(after, random.stamp()), at: clock.now(), upload: { ...after }, signal }
    })
    if (!after) return before
    try {
      await store.dropValues(partsGivenUp(before, after))
    } catch (error) {
      // The next change deletes them.
      if (!(error instanceof UnavailableError)) throw error
    }
    return before
  }
}

/** @throws NotFoundError if the version was given up @throws InvalidInputError if a newer version is served */
function serving(record: NeighbourRecord, served: ServedNeighbours): NeighbourRecord {
  const { served: former, arriving } = record
  if (former && former.generatedAt >= served.generatedAt)
    throw new InvalidInputError(
      `Version ${former.version}, which is served, was computed at the same time or later: compute new lists.`,
      'generatedAt',
    )
  if (!arriving.some(({ version }) => version === served.version)) unknownVersion(served.version)
  const leaving = former ? [{ version: former.version, parts: former.parts }] : []
  return { served, arriving: arriving.filter(({ version }) => version !== served.version), leaving }
}

function unknownVersion(version: string): never {
  throw new NotFoundError(
    `Version ${version} is not stored: upload its parts first. At most ${MAX_ARRIVING} versions can be uploaded at the same time; a further one gives up the oldest.`,
    'version',
  )
}

function checkWithin(value: number, least: number, most: number, field: string): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InvalidInputError(`${field} is ${value}: use a whole number from ${least} to ${most}.`, field)
}

/** An uploaded list of one item, before it is checked. */
export interface NeighbourListInput {
  readonly itemId: string
  readonly neighbours: readonly { readonly itemId: string; readonly score: number }[]
}

/** Checks the lists of a part, and puts them into columns. @returns the part, and the lists that are invalid */
export function checkedPart(lists: readonly NeighbourListInput[]): { part: NeighbourPart; refused: readonly RefusedRow[] } {
  const part: NeighbourPart = { itemIds: [], counts: [], neighbourIds: [], scores: [] }
  const refused: RefusedRow[] = []
  const known = new Set<string>()
  for (const [index, list] of lists.entries()) {
    try {
      const neighbours = checkedNeighbours(list, known)
      known.add(list.itemId)
      part.itemIds.push(list.itemId)
      part.counts.push(neighbours.size)
      part.neighbourIds.push(...neighbours.keys())
      part.scores.push(...neighbours.values())
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      refused.push({ index, message: error.message, field: error.field })
    }
  }
  return { part, refused }
}

/** Returns the score of each neighbour. Of a neighbour that the list names twice, the higher score counts. */
function checkedNeighbours({ itemId, neighbours }: NeighbourListInput, known: ReadonlySet<string>): Map<string, number> {
  checkId(itemId, 'itemId')
  if (known.has(itemId)) throw new InvalidInputError(`The part has another list of the item ${itemId}.`, 'itemId')
  if (neighbours.length > MAX_NEIGHBOURS)
    throw new InvalidInputError(
      `The list has ${neighbours.length} neighbours; at most ${MAX_NEIGHBOURS} are allowed.`,
      'neighbours',
    )
  const scores = new Map<string, number>()
  for (const [i, { itemId: neighbourId, score }] of neighbours.entries()) {
    const field = `neighbours.${i}`
    checkId(neighbourId, `${field}.itemId`)
    checkNumber(score, `${field}.score`)
    if (score <= 0) throw new InvalidInputError(`${field}.score is ${score}: send a number above 0.`, `${field}.score`)
    if (neighbourId === itemId)
      throw new InvalidInputError(`${field}.itemId is the item of the list itself: leave it out.`, `${field}.itemId`)
    scores.set(neighbourId, Math.max(score, scores.get(neighbourId) ?? 0))
  }
  return scores
}
