import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Policy } from '../domain/policy.ts'
import type { Gathered } from './gather.ts'
import type { RulesInForce } from './rules-in-force.ts'

/** Candidates of one moment, and the state of that moment from which their features are read. */
export interface CandidateSet {
  /** The user: of an id that became another's, that user. */
  readonly userId: string
  /** The one that they belong to. */
  readonly policy: Policy
  readonly gathered: Gathered
  /** Its rows are the gathered items. */
  readonly input: FeatureInput
}

/** Candidates, and the rules of their request, anew for each arrangement, since caps count what stands. */
export interface RuledCandidates extends CandidateSet {
  readonly rulesInForce: () => RulesInForce
}
