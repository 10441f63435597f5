import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Policy } from '../domain/experiment.ts'
import type { EarlierSlates } from './earlier-slates.ts'
import type { LearnedChoices } from './first-stage.ts'
import type { Gathered } from './gather-candidates.ts'
import type { GivenItems } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'

/** Candidates at one moment, with the state of that moment from which their features are read. */
export interface CandidateSet {
  /** Id of the user. If the requested id was merged into another user, the id of that user. */
  readonly userId: string
  /** Digest of the lives of items that this process knew before it read anything. */
  readonly lives: number
  /** Policy of the user. */
  readonly policy: Policy
  readonly earlier: EarlierSlates
  /** What the request gave to be ranked; undefined if sources proposed the candidates. */
  readonly given: GivenItems | undefined
  /** Whether the slate is of the user's own items, latest first, because its surface has a history. */
  readonly ownItems: boolean
  readonly gathered: Gathered
  /** Feature input; its rows are the gathered items. */
  readonly input: FeatureInput
  /** What the first stage has learned for such slates; undefined if it cannot rank this one. */
  readonly choices: LearnedChoices | undefined
}

/**
 * Candidates, and a function that makes the rules of their request. Each arrangement needs fresh rules, because `limitPer` counts the
 * items placed so far.
 */
export interface RuledCandidates extends CandidateSet {
  readonly rulesInForce: () => SlateRules
}
