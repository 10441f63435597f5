import type { Session, SharedRows } from '../accumulators/feature-input.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { NeighbourLists } from '../catalogue/neighbour-lists.ts'
import type { CountedValues } from '../state/log-entry.ts'
import type { OfflineList } from '../state/offline-list.ts'
import { highestRows } from '../state/rank-order.ts'
import type { SetView } from '../state/shared-sums.ts'
import type { SetRead } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'

/** What a source may know when it proposes candidates: the user, the screen, and the service at this moment. */
export interface CandidateRequest {
  /** Time of the request on the clock of features, in ms. */
  readonly now: number
  readonly userId: string
  readonly user: UserValue
  readonly session: Session | undefined
  /** Items that the user has dismissed: nothing similar to them is wanted. None if absent. */
  readonly dismissed?: ReadonlySet<string> | undefined
  readonly surface: string | undefined
  /** Declared attributes of the context of the request; none if absent. */
  readonly context?: CountedValues | undefined
  /** Distinct items on screen, such as that of an item page or those of the cart; at most 20, often none. */
  readonly anchorItemIds: readonly string[]
  readonly catalogue: Catalogue
  /** The uploaded neighbour lists that are served at `now`; absent if there are none. */
  readonly neighbourLists?: NeighbourLists | undefined
  /** Returns whether the rules may let an item into the slate. Sources need not return items for which this is false. */
  readonly admits: (itemId: string) => boolean
}

/** Reads that a source needs from the store. The reads of all sources are sent together. */
export interface CandidateReads {
  readonly sets?: readonly SetRead[]
  /** Ids of the offline lists to read. */
  readonly lists?: readonly string[]
  /** Ids of the items whose item-to-item strength is needed. */
  readonly strengths?: readonly string[]
  /** Keys of the attribute values whose shared sums are needed. */
  readonly values?: readonly string[]
}

/** Results of the reads, in the order of `CandidateReads`. */
export interface CandidateAnswers {
  readonly sets: readonly SetView[]
  readonly lists: readonly (OfflineList | undefined)[]
  readonly strengths: readonly number[]
  /** Shared sums of the attribute values. Absent if none were asked for. */
  readonly values?: SharedRows
  /** Shared sums of the items that `itemsToRead` chose. Absent for a source without it. */
  readonly items?: SharedRows
  /** The sets that `setsToRead` chose. Absent if no source chose anything. */
  readonly chosenSets?: readonly SetView[]
}

/** The reason why a source proposed an item, shown to the user. */
export interface CandidateReason {
  /** A `ReasonCode`, or a code of a team's own source. For the latter, clients show "Recommended". */
  readonly code: string
  /** Id of an item that the reason refers to. */
  readonly anchorItemId?: string
}

/** Candidates of one source, best first. `itemIds` and `scores` have the same length. */
export interface Candidates {
  readonly itemIds: readonly string[]
  readonly scores: readonly number[]
  /** Returns the reason for the candidate at an index, counted from 0. */
  readonly reason: (at: number) => CandidateReason
  /** Time at which the list was generated, in ms; absent if the source computed it for this request. */
  readonly generatedAt?: number
}

/** Accumulators and attributes that a source needs. The service refuses to start if the domain lacks them. */
export interface SourceNeeds {
  /** Accumulators by name, each with the attributes that it must count. */
  readonly accumulators?: { readonly [accumulator: string]: readonly string[] }
  /** Whether the source compares items by their embeddings. */
  readonly embedding?: boolean
}

/**
 * A source of candidates. `reads` names what to read from the store; `candidates` makes candidates from the results. A source may
 * also ask another service in `candidates`. A source that fails or exceeds its time budget contributes nothing to that slate.
 */
export interface CandidateSource {
  readonly name: string
  /** Maximum number of candidates. */
  readonly quota: number
  /**
   * Time budget of a promise of candidates, in ms; SOURCE_BUDGET_MS if absent. Candidates that are returned synchronously are
   * always used.
   */
  readonly budgetMs?: number
  /** Accumulators and embedding that the domain must have for this source; none if absent. */
  readonly needs?: SourceNeeds
  reads(request: CandidateRequest): CandidateReads
  /**
   * Chooses items whose shared sums the source needs too, from the results of its first reads. They are read in a second trip to the
   * store, which few sources need.
   */
  itemsToRead?(request: CandidateRequest, answers: CandidateAnswers): readonly string[]
  /** Chooses sets to read in the same second trip. */
  setsToRead?(request: CandidateRequest, answers: CandidateAnswers): readonly SetRead[]
  candidates(request: CandidateRequest, answers: CandidateAnswers): Candidates | Promise<Candidates>
}

/** Time in ms after which a slate is made without the candidates of a source that works asynchronously. */
export const SOURCE_BUDGET_MS = 50

/** A source that answers synchronously, from the results of its reads. */
export interface ReadingSource extends CandidateSource {
  candidates(request: CandidateRequest, answers: CandidateAnswers): Candidates
}

/** Item ids with their scores, best first. */
export interface ScoredItems {
  readonly itemIds: string[]
  readonly scores: number[]
}

/** Returns the `quota` items with the highest `rankScore`; ties by item id. @param scores score of each item in `itemIds` */
export function highestOf(itemIds: readonly string[], scores: readonly number[], quota: number): ScoredItems {
  const places = highestRows(scores, quota, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))
  const highest: ScoredItems = { itemIds: [], scores: [] }
  for (const place of places) {
    highest.itemIds.push(itemIds[place])
    highest.scores.push(scores[place])
  }
  return highest
}

/** Returns the `quota` items with the highest `rankScore`; ties by item id. @param scores score by item id */
export function highest(scores: ReadonlyMap<string, number>, quota: number): ScoredItems {
  return highestOf([...scores.keys()], [...scores.values()], quota)
}
