import { setImmediate as turn } from 'node:timers/promises'
import { MAX_LISTS, NeighbourLists } from '../catalogue/neighbour-lists.ts'
import { InvalidInputError, NotFoundError, UnavailableError } from '../errors.ts'
import { decodeNeighbourPart, type NeighbourPart } from '../state/neighbour-part.ts'
import {
  decodeNeighbourRecord,
  NEIGHBOUR_RECORD,
  type NeighbourRecord,
  neighbourPart,
  type ServedNeighbours,
} from '../state/neighbour-record.ts'
import type { StateStore } from '../state/store.ts'
import type { ServedNeighbourLists } from './offline.ts'

/** Parts that are read at once: each has about 200 KB. */
const READ_AT_ONCE = 10

type Reads = Pick<StateStore, 'readValues'>

/** Reads which versions of the neighbour lists the store has. */
export async function readNeighbourRecord(store: Reads): Promise<NeighbourRecord> {
  const [held] = await store.readValues([NEIGHBOUR_RECORD])
  return decodeNeighbourRecord(held)
}

/**
 * Reads all parts of a version. Requests are answered in between.
 * @throws NotFoundError if a part is missing
 * @throws InvalidInputError if the parts do not form one version, or have too many lists
 */
export async function readNeighbourLists(store: Reads, served: ServedNeighbours): Promise<NeighbourLists> {
  const { version, parts } = served
  const read: NeighbourPart[] = []
  let lists = 0
  while (read.length < parts) {
    const numbers = Array.from({ length: Math.min(READ_AT_ONCE, parts - read.length) }, (_, i) => read.length + i)
    for (const value of await store.readValues(numbers.map((part) => neighbourPart(version, part)))) {
      if (value === undefined)
        throw new NotFoundError(
          `Part ${read.length} of the ${parts} parts of version ${version} is missing: upload it.`,
          'version',
        )
      const part = decodeNeighbourPart(value)
      lists += part.itemIds.length
      // Before the other parts take memory.
      if (lists > MAX_LISTS)
        throw new InvalidInputError(`The version has more than ${MAX_LISTS} lists: upload a new version with fewer.`, 'lists')
      read.push(part)
      await turn()
    }
  }
  return NeighbourLists.inTurns(served, read, turn)
}

/**
 * Lets a process serve the version that the store's record names. Reads all of it first, so that no slate sees a part of it.
 * @param onUnreadable called if this version is incomplete or damaged; the process then keeps the lists that it has
 * @throws UnavailableError if the store does not answer
 */
export async function loadNeighbours(
  target: ServedNeighbourLists,
  store: Reads,
  onUnreadable: (error: unknown) => void,
): Promise<void> {
  try {
    for (;;) {
      const { served } = await readNeighbourRecord(store)
      if (!served) return target.set(undefined)
      if (isSame(target.latest?.served, served)) return
      const { prepared } = target
      if (prepared && isSame(prepared.served, served)) return target.set(prepared)
      const lists = await readNeighbourLists(store, served).catch((error) => error as unknown)
      // Meanwhile, another version may have taken its place, and its parts may be gone.
      if (!isSame((await readNeighbourRecord(store)).served, served)) continue
      if (!(lists instanceof NeighbourLists)) throw lists
      return target.set(lists)
    }
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    onUnreadable(error)
  }
}

function isSame(a: ServedNeighbours | null | undefined, b: ServedNeighbours): boolean {
  return a?.version === b.version && a.servedAt === b.servedAt
}
