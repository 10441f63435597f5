import type { SourceStanding } from '../../src/accumulators/feature-input.ts'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import type { Ranker } from '../../src/ranking/model-ranker.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import { SHOP } from '../../src/state/slots.ts'
import type { StateStore } from '../../src/state/store.ts'
import type { Random } from '../random.ts'
import { SESSION_METHOD_NAMES } from './session-methods.ts'

/** Methods that a model is compared with. */
export const BASELINES = [
  'random',
  'popularity',
  'popularity_hour',
  'popularity_week',
  'personal_frequency',
  'recently_seen',
  'item_to_item',
  ...SESSION_METHOD_NAMES,
] as const

/** Name of the baseline that is judged only where it was fitted. */
export const EASE = 'ease'

/** Name of the rule that serves without a model: a baseline of every model. */
export const RULE = 'rule'

/** A method that orders the candidates: by a model, by the first stage, or by the rule that serves before anything was observed. */
export interface System {
  readonly method: string
  readonly ranker: Ranker | undefined
  /** Whether the first stage ranks, once it may, and not the rule. */
  readonly learnsChoices?: true
}

/** Long enough that a session's items can be taken out. */
const POPULAR = 400

/** Returns all candidates in a random order. */
export function atRandom({ gathered }: CandidateSet, random: Random): string[] {
  return random.shuffle(gathered.itemIds)
}

/** Returns the most popular items of the shop, best first: by event weight with a half-life of a day. At most 400. */
export async function popular(store: StateStore): Promise<readonly string[]> {
  const [{ members }] = await store.readSets([{ entity: SHOP, set: TRENDING, limit: POPULAR }])
  return members
}

/** Returns the candidates of one source in its own order, best first. */
export function fromSource({ gathered: { itemIds, standings } }: CandidateSet, source: string): string[] {
  const ranks = standings.get(source)?.ranks
  if (!ranks) return []
  return rowsBroughtBy({ ranks }, itemIds.length)
    .sort((a, b) => ranks[a] - ranks[b])
    .map((row) => itemIds[row])
}

function rowsBroughtBy({ ranks }: Pick<SourceStanding, 'ranks'>, rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !Number.isNaN(ranks[row]))
}
