import type { Policy } from '../domain/experiment.ts'
import type { CompiledRules } from '../rules/compiled-rules.ts'
import type { StatePosition } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import type { Arranged } from './arrange-under-rules.ts'
import type { CandidateSet, RuledCandidates } from './candidates-to-rank.ts'
import type { EarlierSlates } from './earlier-slates.ts'
import type { Ranked } from './rank.ts'
import type { ExploredSlot, RandomisedOrder, Slate } from './slate.ts'

/** Candidates in ranked order: by the model, or by the rule without a model. */
export interface Ranking extends CandidateSet, Ranked, Arranged {}

/** The user who asks for a slate, with the policy and the rules that apply. */
export interface Asker {
  readonly now: number
  readonly userId: string
  /** State without actions on dismissed items. */
  readonly user: UserValue
  readonly dismissed: ReadonlySet<string>
  readonly policy: Policy
  /** Whether the slate is to have the user's own items, which no model ranks. */
  readonly ownItems: boolean
  readonly rules: CompiledRules
  readonly earlier: EarlierSlates
}

/** The candidates that were read for a slate. */
export interface ReadForSlate {
  readonly set: RuledCandidates
  /** Position of the state that it was read from. undefined if not requested, or if the state changed in between. */
  readonly position: StatePosition | undefined
}

/** A ranking of all candidates, and the slate that is served: its top items, after the rules and a draw. */
export interface RankedSlate extends Pick<ReadForSlate, 'position'> {
  readonly ranking: Ranking
  readonly served: ServedSlate
  /** Arranges the slate for other scores. */
  readonly arrange: (scores: ArrayLike<number>) => Promise<Arranged>
}

/** A finished slate that is neither stored nor logged yet. */
export interface MadeSlate extends Pick<RankedSlate, 'ranking' | 'arrange' | 'position'> {
  readonly slate: Slate
}

/** A slate to serve: the ranking itself, with an exploration slot, or in a randomised order. */
export interface ServedSlate extends Arranged {
  readonly explored?: ExploredSlot
  readonly randomised?: RandomisedOrder
}
