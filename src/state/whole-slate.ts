import { SEPARATOR } from './column-codec.ts'
import type { SlotDrawn } from './log-entry.ts'

/** An item of a stored slate with all that was sent to the client. `position` counts from 1 at the top. */
export interface WholeItem {
  readonly itemId: string
  readonly position: number
  readonly score: number
  readonly sources: readonly { readonly name: string; readonly score?: number | undefined }[]
  readonly reason: { readonly code: string; readonly anchorItemId?: string }
  readonly exploration: boolean
  readonly propensity: number
}

/** The exploration slot of a slate as served. */
export interface WholeSlot extends SlotDrawn {
  readonly itemId: string
  readonly share: number
  readonly gamma: number
  readonly arms: readonly string[]
  readonly estimates: readonly number[]
}

/** A slate with all that this version serves, as it stands in the log. */
export interface WholeSlate {
  readonly recommendationId: string
  readonly userId: string
  readonly surface?: string | undefined
  readonly device?: string | undefined
  readonly policy: string
  readonly version: number
  readonly trigger: string
  readonly latestEventId?: string | undefined
  readonly generatedAt: number
  readonly items: readonly WholeItem[]
  readonly earlier?: readonly string[] | undefined
  readonly explored?: WholeSlot | undefined
  readonly randomised?: { readonly share: number; readonly ranked: readonly string[] } | undefined
  readonly model?: string | undefined
  readonly vectors?: { readonly positions: readonly number[]; readonly of: number; readonly values: string } | undefined
  readonly fallback: boolean
  readonly warnings: readonly {
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly itemIds?: readonly string[]
  }[]
  readonly tookMs: number
}

/** Number of properties with a value. */
function definedOf(record: object): number {
  let defined = 0
  for (const name in record) if ((record as Record<string, unknown>)[name] !== undefined) defined++
  return defined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A text that may stand in a column. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && !value.includes(SEPARATOR)
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function isWithin(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit
}

function isCount(value: unknown): value is number {
  return isWithin(value, 2 ** 53)
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 51
}

function isListOf<T>(value: unknown, isOne: (element: unknown) => element is T): value is T[] {
  return Array.isArray(value) && value.every(isOne)
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isSource(source: unknown): source is WholeItem['sources'][number] {
  if (!isRecord(source) || typeof source.name !== 'string') return false
  if (source.score === undefined) return definedOf(source) === 1
  return Number.isFinite(source.score) && definedOf(source) === 2
}

function isReason(reason: unknown): reason is WholeItem['reason'] {
  if (!isRecord(reason) || typeof reason.code !== 'string') return false
  if (reason.anchorItemId === undefined) return definedOf(reason) === 1
  return isId(reason.anchorItemId) && definedOf(reason) === 2
}

function isItem(item: unknown): item is WholeItem {
  if (!isRecord(item) || !isId(item.itemId) || !isCount(item.position)) return false
  if (!Number.isFinite(item.score) || !Number.isFinite(item.propensity) || typeof item.exploration !== 'boolean') return false
  return isReason(item.reason) && isListOf(item.sources, isSource) && definedOf(item) === 7
}

function isSlot(slot: unknown): slot is WholeSlot {
  if (!isRecord(slot) || !isId(slot.itemId) || !isWithin(slot.decision, 2 ** 32) || !isTime(slot.decided)) return false
  if (typeof slot.sums !== 'string' || !isListOf(slot.inputs, (input): input is number => isWithin(input, 256))) return false
  if (![slot.best, slot.weight, slot.share, slot.gamma].every(isNumber)) return false
  return isListOf(slot.arms, isId) && isListOf(slot.estimates, isNumber) && definedOf(slot) === 11
}

function isRandomised(order: unknown): order is NonNullable<WholeSlate['randomised']> {
  return isRecord(order) && isNumber(order.share) && isListOf(order.ranked, isId) && definedOf(order) === 2
}

function isVectors(vectors: unknown): vectors is NonNullable<WholeSlate['vectors']> {
  if (!isRecord(vectors) || !isListOf(vectors.positions, isCount) || !isWithin(vectors.of, 2 ** 32)) return false
  return typeof vectors.values === 'string' && vectors.values.length % 4 === 0 && definedOf(vectors) === 3
}

function isWarning(warning: unknown): warning is WholeSlate['warnings'][number] {
  if (!isRecord(warning) || typeof warning.code !== 'string' || typeof warning.message !== 'string') return false
  const { field, itemIds } = warning
  if (!isOptionalText(field) || (itemIds !== undefined && !isListOf(itemIds, isId))) return false
  return definedOf(warning) === 2 + (field === undefined ? 0 : 1) + (itemIds === undefined ? 0 : 1)
}

/** Properties that every slate has. */
const REQUIRED = 10
const OPTIONAL = ['surface', 'device', 'latestEventId', 'earlier', 'explored', 'randomised', 'model', 'vectors'] as const

/** Returns whether a logged slate has all that this version serves, and nothing else. Slates of other versions and systems may differ. */
export function isWhole(slate: object): slate is WholeSlate {
  const { recommendationId, userId, policy, trigger, latestEventId, surface, device, model, ...rest } = slate as Record<
    string,
    unknown
  >
  for (const text of [recommendationId, policy, trigger]) if (typeof text !== 'string') return false
  for (const text of [surface, device, model]) if (!isOptionalText(text)) return false
  if (!isId(userId) || (latestEventId !== undefined && !isId(latestEventId))) return false
  const { version, generatedAt, tookMs, fallback, items, warnings, earlier, explored, randomised, vectors } = rest
  if (!isCount(version) || !isTime(generatedAt) || !isNumber(tookMs) || typeof fallback !== 'boolean') return false
  if (!isListOf(items, isItem) || !isListOf(warnings, isWarning)) return false
  if (earlier !== undefined && !isListOf(earlier, isId)) return false
  if (explored !== undefined && !isSlot(explored)) return false
  if (randomised !== undefined && !isRandomised(randomised)) return false
  if (vectors !== undefined && !isVectors(vectors)) return false
  const more = OPTIONAL.filter((name) => (slate as Record<string, unknown>)[name] !== undefined).length
  return definedOf(slate) === REQUIRED + more
}
