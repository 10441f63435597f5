import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { dismissedItems } from '../../src/accumulators/dismissed-items.ts'
import type { Catalogue } from '../../src/catalogue/catalogue.ts'
import { type Domain, seenOn } from '../../src/domain/domain.ts'
import { compileRules } from '../../src/rules/compiled-rules.ts'
import { NO_SURROUNDINGS } from '../../src/rules/filter-binder.ts'
import {
  arrangeUnderRules,
  BY_MODEL,
  type HowRanked,
  orderUnderRules,
  WITHOUT_MODEL,
} from '../../src/slate/arrange-under-rules.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import { SlateRules } from '../../src/slate/slate-rules.ts'
import type { StateStore } from '../../src/state/store.ts'
import type { NextItem } from '../learning/next-items.ts'
import { type BootstrapEstimate, ClusteredMeans } from './bootstrap.ts'
import { readActedTogether } from './co-occurrence.ts'
import { jaccard, valuesOf } from './coverage-and-diversity.ts'
import { worthOf } from './hit-rate-and-mrr.ts'
import { DETAILED_ROW_SETS, type DetailedRowSet } from './row-sets.ts'
import { PLACES } from './row-table.ts'
import type { SessionSoFar } from './sessions.ts'
import type { SlateVariant } from './slate-variants.ts'

/**
 * Measures of slates of 20 items. The last two are intra-list diversity: the mean over pairs of items of 1 − similarity.
 * `byAttributes` takes the share of attribute values that both items have (Jaccard). `byActions` takes how much the same users
 * act on both items.
 */
export const SLATE_MEASURES = ['hr20', 'mrr20', 'ndcg10', 'byAttributes', 'byActions'] as const
export type SlateMeasure = (typeof SLATE_MEASURES)[number]

/** Names of the measures in tables and charts. */
export const SLATE_TITLES: Readonly<Record<SlateMeasure, string>> = {
  hr20: 'HR@20',
  mrr20: 'MRR@20',
  ndcg10: 'NDCG@10',
  byAttributes: 'diversity by attributes',
  byActions: 'diversity by actions',
}

/** An estimate with a 95 % interval for each measure. */
export type SlateFigures = Readonly<Record<SlateMeasure, BootstrapEstimate>>

/** Figures of one variant of slates on one set of rows. */
export interface SlateRow {
  readonly rowSet: DetailedRowSet
  readonly variant: SlateVariant
  readonly rows: number
  /** Means over rows, with 95 % intervals. */
  readonly figures: SlateFigures
  /** Figures over those of relevance alone, with intervals of paired draws. */
  readonly ofRelevance: SlateFigures
  /** Share of the known items that stood in a slate at least once. */
  readonly coverage: number
}

export interface SlateParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
}

/** Judges slates of the same candidates and scores. The code of the service makes each slate in several variants. */
export class SlateJudge {
  readonly #variants: readonly SlateVariant[]
  readonly #means: Record<DetailedRowSet, ClusteredMeans>
  readonly #listed: Record<DetailedRowSet, readonly Set<string>[]>

  /** @param variants the first is relevance alone */
  constructor(variants: readonly SlateVariant[]) {
    this.#variants = variants
    const means = () => new ClusteredMeans(variants.length * SLATE_MEASURES.length)
    this.#means = { all: means(), new: means() }
    const listed = () => variants.map(() => new Set<string>())
    this.#listed = { all: listed(), new: listed() }
  }

  /**
   * A row: where its next item is new to the session, also as one of the new rows, whose slates are without the session's items.
   * @param scores of the candidates @param isOfModel whether a model made them @param user number of the user
   * @throws UnavailableError when the store does not answer
   */
  async judge(
    set: CandidateSet,
    { scores, isOfModel }: { readonly scores: ArrayLike<number>; readonly isOfModel: boolean },
    next: NextItem,
    { items }: Pick<SessionSoFar, 'items'>,
    user: number,
    parts: SlateParts,
  ): Promise<void> {
    for (const rowSet of DETAILED_ROW_SETS) {
      if (rowSet === 'new' && !next.isNew) continue
      const exclude = rowSet === 'new' ? [...items] : []
      const slates: string[][] = []
      for (const variant of this.#variants)
        slates.push(await slateOf(set, scores, isOfModel ? BY_MODEL : WITHOUT_MODEL, variant, exclude, parts))
      const together = await readActedTogether([...new Set(slates.flat())], set.input.now, parts)
      const values = new Map(slates.flat().map((itemId) => [itemId, valuesOf(parts.catalogue.declared(itemId))]))
      const alike = (a: string, b: string) => jaccard(values.get(a)!, values.get(b)!)
      const worth = slates.flatMap((slate) => [
        ...worthOf(slate.indexOf(next.itemId) + 1, 10),
        meanDifference(slate, alike),
        meanDifference(slate, together),
      ])
      this.#means[rowSet].add(user, worth)
      slates.forEach((slate, at) => {
        for (const itemId of slate) this.#listed[rowSet][at].add(itemId)
      })
    }
  }

  /** @param known how many items are known @param isOfUse whether a variant can make a difference to the log */
  summary(known: number, isOfUse: (variant: SlateVariant) => boolean): SlateRow[] {
    return DETAILED_ROW_SETS.flatMap((rowSet) => {
      const means = this.#means[rowSet]
      if (means.rows === 0) return []
      return this.#variants.flatMap((variant, at) => {
        if (!isOfUse(variant)) return []
        const column = at * SLATE_MEASURES.length
        return {
          rowSet,
          variant,
          rows: means.rows,
          figures: figures((measure) => means.mean(column + measure)),
          ofRelevance: figures((measure) => means.ratio(column + measure, measure)),
          coverage: this.#listed[rowSet][at].size / known,
        }
      })
    })
  }
}

async function slateOf(
  set: CandidateSet,
  scores: ArrayLike<number>,
  how: HowRanked,
  { diversity, excludePurchased, fading, asServed, mixesKinds }: SlateVariant,
  exclude: readonly string[],
  parts: SlateParts,
): Promise<string[]> {
  const { domain, catalogue } = parts
  const { user, now, session, expiry } = set.input
  const rules = asServed
    ? compileRules({}, NO_SURROUNDINGS, { diversity: domain.diversity, seen: seenOn(domain, 'home') })
    : compileRules({ diversity, excludePurchased, exclude }, NO_SURROUNDINGS)
  const { variantGroup, showsOwnVariants = false } = domain
  const seenBy = { user, now, session, knownFor: expiry.pair, eventTypes: domain.eventTypes }
  const dismissed = dismissedItems(user, now, expiry)
  const ruledUser = { ...seenBy, anchorItemIds: [], earlierItemIds: [], dismissed, variantGroup, showsOwnVariants }
  const ruled = { ...set, rulesInForce: () => new SlateRules(rules, catalogue, ruledUser) }
  const { fading: _, surfaceFading: __, ...unfaded } = domain
  const inDomain = asServed ? parts : { ...parts, domain: { ...unfaded, ...(fading && { fading }) } }
  const ranking = { ...how, mixesKinds: how.mixesKinds && (mixesKinds ?? asServed ?? false) }
  const { items } = await arrangeUnderRules(PLACES, orderUnderRules(ruled, scores, inDomain, ranking), inDomain)
  return items.map(({ itemId }) => itemId)
}

/** Over pairs of items; 0 where there is none. */
function meanDifference(slate: readonly string[], alike: (a: string, b: string) => number): number {
  let sum = 0
  for (let a = 0; a < slate.length; a++) for (let b = 0; b < a; b++) sum += 1 - alike(slate[a], slate[b])
  return slate.length < 2 ? 0 : sum / ((slate.length * (slate.length - 1)) / 2)
}

function figures(estimate: (measure: number) => BootstrapEstimate): SlateFigures {
  const [hr20, mrr20, ndcg10, byAttributes, byActions] = SLATE_MEASURES.map((_, measure) => estimate(measure))
  return { hr20, mrr20, ndcg10, byAttributes, byActions }
}
