import type { GivenStanding } from '../accumulators/feature-input.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { LoggedGiven } from '../state/log-entry.ts'
import type { Gathered } from './gather-candidates.ts'
import type { GivenItems, SlateWarning } from './slate.ts'

/** Most candidates of a request. */
export const MAX_CANDIDATES = 500

/** Source name of given items. */
export const GIVEN = 'given'

const REASON: BuiltInReason = { code: 'GIVEN' }

/** Returns the items of a list. An item that stands in it more than once has its first place and score. */
export function givenItems(
  candidates: readonly { readonly itemId: string; readonly score?: number | null | undefined }[],
  isOrdered: boolean,
): GivenItems {
  const scores = new Map<string, number | undefined>()
  const repeated = new Set<string>()
  for (const { itemId, score } of candidates) {
    if (scores.has(itemId)) repeated.add(itemId)
    // The log does not tell −0 from 0.
    else scores.set(itemId, score == null ? undefined : score + 0)
  }
  return { itemIds: [...scores.keys()], scores: [...scores.values()], isOrdered, repeated: [...repeated] }
}

/** Returns what the log needs to rank the same items again. */
export function loggedGiven({ itemIds, scores, isOrdered }: GivenItems): LoggedGiven {
  const isScored = scores.some((score) => score !== undefined)
  return {
    itemIds,
    ...(isScored && { scores: scores.map((score) => score ?? null) }),
    ...(isOrdered && { ordered: true as const }),
  }
}

/** Returns the given items of a logged request. */
export function givenOfLog({ itemIds, scores, ordered }: LoggedGiven): GivenItems {
  return givenItems(
    itemIds.map((itemId, at) => ({ itemId, score: scores?.[at] })),
    ordered === true,
  )
}

/**
 * Returns the given items as candidates, without a source.
 * @param also items to add behind them
 */
export function gatherGiven(given: GivenItems, admits: (itemId: string) => boolean, also: readonly string[]): Gathered {
  const itemIds = [...new Set([...given.itemIds.filter(admits), ...also])]
  return {
    itemIds,
    standings: new Map(),
    reasons: itemIds.map(() => REASON),
    dropped: [],
    neighbours: new Map(),
    further: [],
    cohorts: new Map(),
  }
}

/** Returns what the caller says about each of these items, for features. */
export function givenStanding({ itemIds, scores, isOrdered }: GivenItems, rows: readonly string[]): GivenStanding {
  const placeOf = new Map(itemIds.map((itemId, place) => [itemId, place]))
  const places = rows.map((itemId) => placeOf.get(itemId))
  return {
    places: Float64Array.from(places, (place) => (place === undefined ? Number.NaN : place + 1)),
    scores: Float64Array.from(places, (place) => (place === undefined ? Number.NaN : (scores[place] ?? Number.NaN))),
    isOrdered,
  }
}

/** Returns how many of the given items are in the catalogue, available or not. */
export function knownCount({ itemIds }: GivenItems, catalogue: Catalogue): number {
  return itemIds.filter((itemId) => catalogue.get(itemId) !== undefined).length
}

/** Returns warnings about given items that are unknown, or were given twice. */
export function givenWarnings({ itemIds, repeated }: GivenItems, catalogue: Catalogue): SlateWarning[] {
  const warnings: SlateWarning[] = []
  const unknown = itemIds.filter((itemId) => catalogue.get(itemId) === undefined)
  const warn = (code: SlateWarning['code'], found: readonly string[], message: string) => {
    if (found.length > 0) warnings.push({ code, message, field: 'candidates', itemIds: found })
  }
  warn(
    'CANDIDATE_UNKNOWN',
    unknown,
    `Number of candidates that are not in the catalogue: ${unknown.length}. Upload them, or check their ids.`,
  )
  warn(
    'CANDIDATE_REPEATED',
    repeated,
    `Number of candidates that are in the list more than once: ${repeated.length}. Each counts once, at its first place.`,
  )
  return warnings
}
