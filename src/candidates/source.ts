import type { Session } from '../accumulators/feature-input.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { OfflineList } from '../state/offline-list.ts'
import { placesByScore } from '../state/places-by-score.ts'
import { rankScores } from '../state/rank-score.ts'
import type { SetView } from '../state/shared-sums.ts'
import type { SetRead } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'

/** For whom and where candidates are wanted. */
export interface CandidateRequest {
  /** ms of the clock that features see. */
  readonly now: number
  readonly userId: string
  readonly user: UserValue
  readonly session: Session | undefined
  readonly surface: string | undefined
  readonly anchorItemId: string | undefined
  readonly catalogue: Catalogue
  /** Whether the rules may let the item into the slate: false for what need not be brought. */
  readonly admits: (itemId: string) => boolean
}

/** What a source asks the store for: all sources are answered in one trip. */
export interface CandidateReads {
  readonly sets?: readonly SetRead[]
  /** Ids of offline lists. */
  readonly lists?: readonly string[]
  /** Items whose strength is needed beside their neighbours. */
  readonly strengths?: readonly string[]
}

/** Answers in the order of the reads. */
export interface CandidateAnswers {
  readonly sets: readonly SetView[]
  readonly lists: readonly (OfflineList | undefined)[]
  readonly strengths: readonly number[]
}

/** Why an item was brought, for the person who sees it. */
export interface CandidateReason {
  readonly code: string
  /** The item that the reason names. */
  readonly anchorItemId?: string
}

/** Items of one source, best first. Columns of equal length. */
export interface Candidates {
  readonly itemIds: readonly string[]
  readonly scores: readonly number[]
  /** Reason of the item at this place. */
  readonly reason: (at: number) => CandidateReason
  /** When the list was made, in ms; absent for what is computed now. */
  readonly generatedAt?: number
}

/** What a source reads of what the domain keeps. The start checks that it is there. */
export interface SourceNeeds {
  /** Names of the accumulators that it reads, each with the attributes by which that accumulator must count. */
  readonly accumulators?: { readonly [accumulator: string]: readonly string[] }
  /** Whether it compares items by their vectors. */
  readonly embedding?: boolean
}

/**
 * One place where candidates come from. It says what it needs to read, and makes candidates from the answers; one that asks another
 * service for them does so there. One that fails, or is not done within its time, brings nothing to that slate.
 */
export interface CandidateSource {
  readonly name: string
  /** How many it may bring. */
  readonly quota: number
  /** How long a promise of candidates may take, in ms; SOURCE_BUDGET_MS if absent. What is answered at once is always taken. */
  readonly budgetMs?: number
  /** What the domain must have for this source; nothing if absent. */
  readonly needs?: SourceNeeds
  reads(request: CandidateRequest): CandidateReads
  candidates(request: CandidateRequest, answers: CandidateAnswers): Candidates | Promise<Candidates>
}

export const SOURCE_BUDGET_MS = 50

/** A source that answers at once, from what was read. */
export interface ReadingSource extends CandidateSource {
  candidates(request: CandidateRequest, answers: CandidateAnswers): Candidates
}

/** Items with their scores, best first. */
export interface ScoredItems {
  readonly itemIds: string[]
  readonly scores: number[]
}

/** The `quota` highest of two columns by `rankScore`; ties by item id. */
export function highestOf(itemIds: readonly string[], scores: readonly number[], quota: number): ScoredItems {
  const places = placesByScore(rankScores(scores), quota, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))
  const highest: ScoredItems = { itemIds: [], scores: [] }
  for (const place of places) {
    highest.itemIds.push(itemIds[place])
    highest.scores.push(scores[place])
  }
  return highest
}

/** Merges scores of several lists, and keeps the `quota` highest by `rankScore`; ties by item id. */
export function highest(scores: ReadonlyMap<string, number>, quota: number): ScoredItems {
  return highestOf([...scores.keys()], [...scores.values()], quota)
}
