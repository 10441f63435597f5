import type { FeatureInput, GivenStanding } from '../accumulators/feature-input.ts'
import { ignoredItems } from '../accumulators/user-item.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import type { CatalogueItem } from '../catalogue/catalogue.ts'
import { type Fading, fadingOn } from '../domain/domain.ts'
import { HOLD_OUT } from '../domain/experiment.ts'
import { itemKey } from '../state/slots.ts'
import { type Arrangement, arrange, drawOrder, type TopUpParts, topUp } from './arrange.ts'
import type { CandidateSet, RuledCandidates } from './candidates-to-rank.ts'
import { relativePopularity, similarity } from './diversity.ts'
import type { DrawnArm } from './exploration-slot.ts'
import { deciding } from './first-stage.ts'
import type { Gathered } from './gather-candidates.ts'
import { GIVEN, knownCount } from './given-items.ts'
import { dislikedKinds, KindCounts, type KindLimit, limitsOfDisliked, type Placed, sessionKinds } from './kinds.ts'
import { order as inOrder } from './rank.ts'
import type { Recommendation, SlateWarning } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'

/** An arrangement of candidates under the rules, for given scores. */
export interface Arranged {
  /** Rows of all gathered items that the rules admit, best first. */
  readonly rows: readonly number[]
  /** Items as served, from the top. If the sources bring too few items, the catalogue fills the slate up. */
  readonly items: readonly Recommendation[]
  /** Warnings about rules that could not be met. */
  readonly warnings: readonly SlateWarning[]
}

/** Random parts of a slate. */
export interface Chance {
  /** The item drawn for the exploration slot. */
  readonly drawn?: DrawnArm
  /** Random number of each item for a randomised order, above 0 and below 1. Absent if the order is not randomised. */
  readonly chanceOf?: (itemId: string) => number
}

const PIN = { name: 'pin', score: undefined }

/** Candidates, with their scores and order under the rules. Slates are made from them. */
export interface UnderRules {
  readonly set: RuledCandidates
  /** Score by row, after fading and boosts. */
  readonly scores: ArrayLike<number>
  /** Rows of all candidates, best first. */
  readonly order: readonly number[]
  /** Returns whether the rules admit the candidate of a row now. */
  readonly passes: (row: number) => boolean
  readonly ranking: HowRanked
}

/** What the arrangement of a slate must know of its ranking. */
export interface HowRanked {
  /** Whether a slate must have kinds of items on which the session has not acted: models learn how many. */
  readonly mixesKinds: boolean
  /** Whether only the order of the scores means something: without a model, they span orders of magnitude. */
  readonly isOrderOnly: boolean
}

/** The scores of a model. */
export const BY_MODEL: HowRanked = { mixesKinds: false, isOrderOnly: false }
/** The scores of the first stage, or of the rule. */
export const WITHOUT_MODEL: HowRanked = { mixesKinds: true, isOrderOnly: true }

/** Orders candidates by score: similar items on a page ▸ fading ▸ boosts ▸ filter on features. @param unboosted score by row */
export function orderUnderRules(
  set: RuledCandidates,
  unboosted: ArrayLike<number>,
  { domain, accumulators }: TopUpParts,
  ranking: HowRanked,
): UnderRules {
  const { gathered, input } = set
  const inForce = set.rulesInForce()
  const lifted = withNeighboursLifted(unboosted, set, set.rulesInForce())
  const scores = inForce.boosted(faded(lifted, input, fadingOn(domain, input.surface)), input, accumulators)
  return { set, scores, order: inOrder(gathered.itemIds, scores), passes: inForce.passes(input, accumulators), ranking }
}

/**
 * Returns the limits of kinds for a slate: those that the user has dismissed and, if no model ranks, those on which the session has acted. A
 * request that says which items it wants, by candidates, items on screen or a filter, gets them.
 */
async function kindCounts(
  { set: { given, ownItems, policy, input, choices, rulesInForce }, ranking }: UnderRules,
  catalogue: TopUpParts['catalogue'],
  arranged: (limits: readonly KindLimit[]) => Promise<readonly Placed[]>,
): Promise<KindCounts | undefined> {
  if (given || ownItems || policy.name === HOLD_OUT.name) return undefined
  const { anchorItemIds, rules } = rulesInForce()
  const isMixed = ranking.mixesKinds && choices && anchorItemIds.length === 0 && !rules.filter
  const ofSession = isMixed ? sessionKinds(input, deciding(choices).sameKind, catalogue) : undefined
  const others = ofSession ? [ofSession] : []
  const disliked = dislikedKinds(input, catalogue)
  if (others.length + disliked.length === 0) return undefined
  return new KindCounts([...others, ...(await limitsOfDisliked(disliked, others, arranged))])
}

/** An arrangement without what counts the items that are placed. */
type Uncounted = Omit<Arrangement, 'pins' | 'limitPer' | 'kinds'>

/**
 * Returns what would stand in a slate under these limits of kinds.
 * @throws UnavailableError if the store does not answer
 */
async function placedUnder(
  limits: readonly KindLimit[],
  underRules: UnderRules,
  { drawnItem, ...arrangement }: Uncounted & { readonly drawnItem: CatalogueItem | undefined },
  parts: TopUpParts,
): Promise<Placed[]> {
  const { pins, inForce } = placePins(arrangement.first, underRules)
  if (drawnItem) inForce.limitPer.add(drawnItem)
  const kinds = new KindCounts(limits)
  const rows = arrange({ ...arrangement, pins, limitPer: inForce.limitPer, kinds })
  const isFixed = (at: number) => pins.has(at + 1) || at + 1 === arrangement.reserved
  const items = rows.map((row, at) => {
    const item = row === undefined ? (isFixed(at) ? drawnItem : undefined) : arrangement.itemOf(row)
    return item && { itemId: item.itemId }
  })
  await topUp(items, underRules.set.input, inForce, parts, kinds)
  return items.map((item, at) => (isFixed(at) ? 'fixed' : item && parts.catalogue.get(item.itemId)))
}

/** Pins of a slate that can be met, by position, and the rules beside them. */
export interface Pinned {
  readonly pins: ReadonlyMap<number, number>
  /** Its `limitPer` counts the pins. */
  readonly inForce: SlateRules
}

/**
 * Places the pins of a slate, before anything else.
 * @param warn receives a warning for each pin that cannot be met
 */
export function placePins(first: number, { set: { input, rulesInForce }, passes }: UnderRules, warn: Warn = () => {}): Pinned {
  const inForce = rulesInForce()
  return { inForce, pins: inForce.pinnedRows(first, input, passes, warn) }
}

type Warn = (warning: SlateWarning) => void

/**
 * Arranges a slate: pins, exploration slot, `limitPer`, diversity ▸ top-up.
 * @param first maximum number of items
 * @throws UnavailableError if the store does not answer
 */
export async function arrangeUnderRules(
  first: number,
  underRules: UnderRules,
  parts: TopUpParts,
  { drawn, chanceOf }: Chance = {},
): Promise<Arranged> {
  const {
    set: { gathered, given, ownItems, input },
    scores,
    passes,
  } = underRules
  const { catalogue, accumulators } = parts
  const rows = underRules.order.filter(passes)
  const unmet: SlateWarning[] = []
  const { pins, inForce } = placePins(first, underRules, (warning) => unmet.push(warning))
  const { rules } = inForce
  const warnings = [...inForce.unusable(accumulators), ...unmet]
  const drawnItem = drawn && catalogue.get(drawn.item.itemId)
  const itemOf = (row: number) => catalogue.numbered(input.numbers[row])!
  const fixed: Uncounted = {
    first,
    rows: drawn ? rows.filter((row) => gathered.itemIds[row] !== drawn.item.itemId) : rows,
    itemOf,
    scoreOf: (row: number) => scores[row],
    reserved: drawn?.item.position,
    diversity: rules.diversity,
    isOrderOnly: underRules.ranking.isOrderOnly,
    similarity: () => similarity(input),
    relativePopularity: () => relativePopularity(input),
  }
  const kinds = chanceOf
    ? undefined
    : await kindCounts(underRules, catalogue, (limits) => placedUnder(limits, underRules, { ...fixed, drawnItem }, parts))
  if (drawnItem) inForce.limitPer.add(drawnItem)
  const arrangement = { ...fixed, pins, limitPer: inForce.limitPer, kinds }
  const order = chanceOf && drawOrder(arrangement, (row) => chanceOf(gathered.itemIds[row]))
  const slots = order?.rows ?? arrange(arrangement)
  const recommended = (row: number, at: number) =>
    recommendation(gathered, input.given, row, at + 1, scores[row], order?.propensities[at] ?? 1)
  const found = slots.map((row, at) => {
    if (at + 1 === drawn?.item.position) return drawn.item
    if (row === undefined) return undefined
    const item = recommended(row, at)
    return pins.get(at + 1) === row
      ? { ...item, sources: [...item.sources, PIN], reason: { code: 'PINNED' } satisfies BuiltInReason }
      : item
  })
  if (kinds && found.includes(undefined)) {
    do {
      fillUp(found, { ...arrangement, kinds }, recommended)
      await topUp(found, input, inForce, parts, kinds)
      // No more items of other kinds qualify.
    } while (found.includes(undefined) && kinds.lift())
  }
  if (!given && !ownItems) await topUp(found, input, inForce, parts)
  const items = found.flatMap((item) => item ?? []).map((item, at) => ({ ...item, position: at + 1 }))
  rules.pins.forEach(({ itemId, position }, i) => {
    const at = pins.has(position) ? items.findIndex((item) => item.itemId === itemId) + 1 : position
    if (at === position) return
    const message = `${itemId} is pinned to position ${position}, but shown at ${at}: too few items come before it.`
    warnings.push({ code: 'PIN_CONFLICT', message, field: `pin.${i}.position` })
  })
  const wanted = ownItems ? 0 : given ? Math.min(first, knownCount(given, catalogue)) : first
  if (items.length < wanted) {
    const message = `${items.length} of ${wanted} items: no more are available under these rules.`
    warnings.push({ code: 'TOO_FEW_ITEMS', message })
  }
  return { rows, items, warnings }
}

/** Fills empty positions with the best of the rows that do not stand there. @param found filled in place */
function fillUp(
  found: (Recommendation | undefined)[],
  { rows, itemOf, limitPer, kinds }: Pick<Arrangement, 'rows' | 'itemOf' | 'limitPer'> & { readonly kinds: KindCounts },
  recommended: (row: number, at: number) => Recommendation,
): void {
  const placed = new Set(found.map((item) => item?.itemId))
  let free = found.indexOf(undefined)
  for (const row of rows) {
    if (free < 0) return
    const item = itemOf(row)
    if (placed.has(item.itemId) || !kinds.fits(item, free + 1) || !limitPer.take(item)) continue
    kinds.add(item)
    found[free] = recommended(row, free)
    free = found.indexOf(undefined, free + 1)
  }
}

function recommendation(
  { itemIds, standings, reasons }: Gathered,
  given: GivenStanding | undefined,
  row: number,
  position: number,
  score: number,
  propensity: number,
): Recommendation {
  const sources = [...standings]
    .filter(([, { ranks }]) => !Number.isNaN(ranks[row]))
    .map(([name, { scores }]): Recommendation['sources'][number] => ({ name, score: scores[row] }))
  if (given) sources.push({ name: GIVEN, score: Number.isNaN(given.scores[row]) ? undefined : given.scores[row] })
  return { itemId: itemIds[row], position, score, sources, reason: reasons[row], exploration: false, propensity }
}

/**
 * Returns the scores after fading: times factor^(n · 2^(−age / half-life)). n is the number of impressions of the item since the
 * user last acted on it; age is the time since the last of them.
 */
function faded(scores: ArrayLike<number>, input: FeatureInput, fading: Fading | undefined): ArrayLike<number> {
  if (!fading) return scores
  const { user, now, expiry, itemIds } = input
  const ignored = new Map(ignoredItems(user, now, expiry.pair).map(({ itemId, ...times }) => [itemId, times]))
  if (ignored.size === 0) return scores
  return Float64Array.from(scores, (score, row) => {
    const { times, at } = ignored.get(itemIds[row]) ?? { times: 0, at: now }
    return score * fading.factor ** (times * 2 ** (-Math.max(0, now - at) / fading.halfLife))
  })
}

/** How many candidates that are similar to the items on screen a slate needs. Fewer of them are completed by vectors. */
const NEIGHBOURS_NEEDED = 4
/** Least cosine with the items on screen of an item that is lifted. */
const LEAST_COSINE = 0.5
/** By which part of the highest score each lifted item is above the next. */
const LIFT_STEP = 1e-6

/**
 * Lifts items whose vectors are similar to the items on screen above all that have nothing to do with the items on screen, if fewer
 * than four candidates are neighbours of the items on screen by behaviour. Otherwise no slate beside a new item would show them:
 * models score an item by behaviour, and this one has none.
 * @param scores score by row
 * @param inForce rules without a placed item. Counts the lifted items in its `limitPer`.
 */
function withNeighboursLifted(
  scores: ArrayLike<number>,
  { gathered, input }: CandidateSet,
  inForce: SlateRules,
): ArrayLike<number> {
  const { anchorItemIds } = inForce
  const { standings, neighbours, itemIds } = gathered
  const ranks = standings.get('embedding')?.ranks
  const direction = anchorItemIds.length > 0 && ranks ? input.vectors.mean(anchorItemIds) : undefined
  if (!direction || !ranks) return scores
  // Without them, nobody knows whether behaviour is missing.
  if (!anchorItemIds.some((itemId) => neighbours.has(itemKey(itemId)))) return scores
  const known = new Set(anchorItemIds.flatMap((itemId) => neighbours.get(itemKey(itemId))?.members ?? []))
  const cosines = new Map<number, number>()
  let needed = NEIGHBOURS_NEEDED
  for (let row = 0; row < itemIds.length; row++) {
    if (known.has(itemIds[row])) needed--
    else if (!Number.isNaN(ranks[row])) cosines.set(row, input.vectors.cosine(direction, itemIds[row]))
  }
  const near = [...cosines].filter(([, cosine]) => cosine >= LEAST_COSINE).sort(([a, x], [b, y]) => y - x || a - b)
  const lifted = new Set<number>()
  for (const [row] of near) {
    if (lifted.size >= needed) break
    if (inForce.place(itemIds[row])) lifted.add(row)
  }
  return lifted.size === 0 ? scores : lift(scores, lifted, (row) => known.has(itemIds[row]))
}

/** Returns the scores, with those of `lifted` above all others but those of neighbours. */
function lift(scores: ArrayLike<number>, lifted: ReadonlySet<number>, isNeighbour: (row: number) => boolean): Float64Array {
  const raised = Float64Array.from(scores)
  let highest = Number.NEGATIVE_INFINITY
  for (let row = 0; row < raised.length; row++)
    if (!lifted.has(row) && !isNeighbour(row) && raised[row] > highest) highest = raised[row]
  if (highest === Number.NEGATIVE_INFINITY) return raised
  const step = Math.abs(highest) * LIFT_STEP
  let above = lifted.size
  for (const row of lifted) raised[row] = Math.max(raised[row], highest + step * above--)
  return raised
}
