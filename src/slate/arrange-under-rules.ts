import type { GivenStanding } from '../accumulators/feature-input.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import { fadingOn } from '../domain/domain.ts'
import { arrange } from './arrange.ts'
import type { RuledCandidates } from './candidates-to-rank.ts'
import type { DrawnArm } from './exploration-slot.ts'
import type { Gathered } from './gather-candidates.ts'
import { GIVEN, knownCount } from './given-items.ts'
import { faded } from './impression-discount.ts'
import { withNeighboursLifted } from './lifted-neighbours.ts'
import { drawOrder } from './plackett-luce.ts'
import { order as inOrder } from './rank.ts'
import { relativePopularity } from './relative-popularity.ts'
import { similarity } from './similarity.ts'
import type { Recommendation, SlateWarning } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'
import { type TopUpParts, topUp } from './top-up.ts'

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
}

/** Orders candidates by score: similar items on a page ▸ fading ▸ boosts ▸ filter on features. @param unboosted score by row */
export function orderUnderRules(
  set: RuledCandidates,
  unboosted: ArrayLike<number>,
  { domain, accumulators }: TopUpParts,
): UnderRules {
  const { gathered, input } = set
  const inForce = set.rulesInForce()
  const lifted = withNeighboursLifted(unboosted, set, set.rulesInForce())
  const scores = inForce.boosted(faded(lifted, input, fadingOn(domain, input.surface)), input, accumulators)
  return { set, scores, order: inOrder(gathered.itemIds, scores), passes: inForce.passes(input, accumulators) }
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
  if (drawnItem) inForce.limitPer.add(drawnItem)
  const arrangement = {
    first,
    rows: drawn ? rows.filter((row) => gathered.itemIds[row] !== drawn.item.itemId) : rows,
    itemOf: (row: number) => catalogue.numbered(input.numbers[row])!,
    scoreOf: (row: number) => scores[row],
    pins,
    reserved: drawn?.item.position,
    limitPer: inForce.limitPer,
    diversity: rules.diversity,
    similarity: () => similarity(input),
    relativePopularity: () => relativePopularity(input),
  }
  const order = chanceOf && drawOrder(arrangement, (row) => chanceOf(gathered.itemIds[row]))
  const slots = order?.rows ?? arrange(arrangement)
  const found = slots.map((row, at) => {
    if (at + 1 === drawn?.item.position) return drawn.item
    if (row === undefined) return undefined
    const item = recommendation(gathered, input.given, row, at + 1, scores[row], order?.propensities[at] ?? 1)
    return pins.get(at + 1) === row
      ? { ...item, sources: [...item.sources, PIN], reason: { code: 'PINNED' } satisfies BuiltInReason }
      : item
  })
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
