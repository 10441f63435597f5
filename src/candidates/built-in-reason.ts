import type { CandidateReason } from './source.ts'

/**
 * Codes of the reasons that the service gives by itself. `src/slate/reason-texts/` has a sentence for each, in every language. A
 * team's own source may give other codes, which are shown as "Recommended".
 */
export type ReasonCode =
  | 'BECAUSE_YOU_VIEWED'
  | 'SIMILAR_TO_THIS'
  | 'TRENDING'
  | 'TRENDING_FOR_YOU'
  | 'TRENDING_HERE'
  | 'FAVOURITE_CATEGORY'
  | 'FAVOURITE_BRAND'
  | 'FAVOURITE'
  | 'PEOPLE_LIKE_YOU'
  | 'CHOSEN_TOGETHER'
  | 'ALIKE'
  | 'SEEN_BEFORE'
  | 'PICKED_FOR_YOU'
  | 'PICKED_BY_US'
  | 'PINNED'
  | 'NEW'
  | 'EXPLORATION'
  | 'GIVEN'
  | 'MORE'

/** A reason that the service itself gives, so that its text exists in every language. */
export interface BuiltInReason extends CandidateReason {
  readonly code: ReasonCode
}
