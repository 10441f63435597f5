import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { type AccumulatorSet, featureMatrix } from '../accumulators/accumulator-set.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { LoggedDecision, LoggedRequest } from '../state/log-entry.ts'
import type { StatePosition, StateStore } from '../state/store.ts'
import type { CandidateSet } from './candidates-to-rank.ts'
import { loggedGiven } from './given-items.ts'
import type { SlateRequest } from './slate.ts'

/**
 * Returns whether the feature vectors of a slate are logged. The choice depends on the id alone.
 * @param share share of slates to log, 0 to 1
 */
export function isSampled(recommendationId: string, share: number): boolean {
  return crc32(recommendationId) < share * 2 ** 32
}

/** Returns the names of all features that a model can use, in the order of the accumulators. */
export function vectorFeatures({ features }: AccumulatorSet): string[] {
  return [...features.values()].filter(({ column }) => column !== undefined).map(({ name }) => name)
}

/**
 * Makes the log record of a decision: its candidates and all their features.
 * @returns undefined if a candidate was uploaded anew, or any item began a life, since they were read: the features are of two states then
 */
export function loggedDecision(
  { userId, lives, gathered, input }: CandidateSet,
  accumulators: AccumulatorSet,
  catalogue: Catalogue,
): Omit<LoggedDecision, 'position'> | undefined {
  const { itemIds } = gathered
  if (catalogue.lives.digest !== lives) return undefined
  if (input.attributes.some((read, row) => read !== catalogue.declared(itemIds[row]))) return undefined
  const features = vectorFeatures(accumulators)
  const matrix = featureMatrix(
    features.map((name) => accumulators.features.get(name)!),
    input,
  )
  const updatedAt = itemIds.map((itemId) => catalogue.changedAt(itemId) ?? null)
  const vectors = packVectors(matrix, features.length)
  const { version, servedAt } = input.neighbourLists?.served ?? {}
  const neighbours = version !== undefined && servedAt !== undefined && { neighbours: { version, servedAt } }
  return { userId, itemIds, updatedAt, lives, ...neighbours, features, vectors }
}

/** @param matrix rows × width, row-major */
function packVectors(matrix: Float32Array, width: number): string {
  // What stands in one column is alike, and packs to a fraction.
  return deflateRawSync(bytesOf(transposed(matrix, width)), { level: 1 }).toString('base64')
}

/**
 * Unpacks the feature vectors of a logged decision.
 * @returns rows × features, row-major
 * @throws RangeError if the vectors do not match the numbers of features and items
 */
export function unpackVectors({
  vectors,
  features,
  itemIds,
}: Pick<LoggedDecision, 'vectors' | 'features' | 'itemIds'>): Float32Array {
  const bytes = Uint8Array.from(inflateRawSync(Buffer.from(vectors, 'base64')))
  const columns = new Float32Array(bytes.buffer)
  if (columns.length !== features.length * itemIds.length) throw new RangeError('vectors are not of the size of their table')
  return transposed(columns, itemIds.length)
}

function transposed(matrix: Float32Array, width: number): Float32Array {
  const height = width === 0 ? 0 : matrix.length / width
  const other = new Float32Array(matrix.length)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) other[column * height + row] = matrix[row * width + column]
  return other
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Returns whether two positions of one store are equal. If they are, everything read in between came from the same state. */
export function isSamePosition(a: StatePosition, b: StatePosition): boolean {
  if ('entries' in a) return 'entries' in b && a.entries === b.entries
  return 'marks' in b && a.marks.every((ofShard, shard) => ofShard.every((mark, partition) => mark === b.marks[shard][partition]))
}

/** Returns the parts of a request that the log needs, beside the slate, to find the candidates again. */
export function loggedRequest({ sessionId, anchorItemIds = [], given, after, rules, context }: SlateRequest): LoggedRequest {
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(anchorItemIds.length > 0 && { anchorItemIds }),
    ...(given && { given: loggedGiven(given) }),
    ...(after && 'recommendationId' in after && { after: after.recommendationId }),
    ...(rules && { rules }),
    ...(context && { context }),
  }
}

/** How often something is read again, because the state changed meanwhile. */
const ATTEMPTS = 4

/**
 * Reads something from one state of the store. Reads it again, a few times, if the state changes meanwhile.
 * @returns what was read last, and the position of its state; undefined if the state changed during every read, or has no position
 * @throws UnavailableError if the store does not answer
 */
export async function readSteadily<T>(
  store: Pick<StateStore, 'position'>,
  read: () => Promise<T>,
): Promise<{ found: T; position: StatePosition | undefined }> {
  let before = await store.position()
  for (let attempt = 1; ; attempt++) {
    const found = await read()
    const after = before && (await store.position())
    if (!before || !after) return { found, position: undefined }
    if (isSamePosition(before, after)) return { found, position: before }
    if (attempt === ATTEMPTS) return { found, position: undefined }
    before = after
  }
}
