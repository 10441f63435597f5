import type { Policy } from '../domain/experiment.ts'
import type { CompiledRules } from '../rules/compiled-rules.ts'
import type { StatePosition } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import type { Arranged } from './arrange-under-rules.ts'
import type { CandidateSet, RuledCandidates } from './candidates-to-rank.ts'
import type { EarlierSlates } from './earlier-slates.ts'
import type { Gathered } from './gather-candidates.ts'
import type { Ranked } from './rank.ts'
import type { ExploredSlot, RandomisedOrder, Slate, SlateWarning } from './slate.ts'

/** The warning of a slate that could not be stored. The user sees it all the same. */
export const NOT_KEPT: SlateWarning = {
  code: 'NOT_KEPT',
  message: 'The store accepts no slates now, so events cannot be attributed to this slate.',
}

/**
 * Returns a warning if the users of a policy do not get its model; undefined if they get it.
 * @param served the model that ranked
 */
export function absentModel({ name, model }: Policy, served: string | undefined): string | undefined {
  if (model === undefined || model === null || model === served) return undefined
  return `The policy ${name} ranks by the model ${model}, which is not active: activate it, with traffic 0 if no other users should get it.`
}

/** Makes the warning for a source that failed or was too slow. */
export function sourceDropped({ name, cause }: Gathered['dropped'][number]): SlateWarning {
  const message = `The source ${name} ${cause === 'slow' ? 'did not finish in time' : 'failed'}: the slate lacks its candidates.`
  return { code: 'SOURCE_DROPPED', message }
}

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

/** A slate that was made, and is neither kept nor logged yet. Several streams may share it. */
export class PreparedSlate {
  /** The slate as it was made. After it is kept, it may have one more warning. */
  readonly slate: Slate
  /** Life of the requested id when the slate was asked for. */
  readonly life: string
  /** Both hold the whole ranking. They are dropped when the slate is kept, because a stream may hold on to it. */
  #keep: (() => Promise<Slate>) | undefined
  #onOver: (() => void) | undefined
  #kept: Promise<Slate> | undefined

  /** @param onOver called once, when the slate is kept or left */
  constructor(slate: Slate, life: string, keep: () => Promise<Slate>, onOver: () => void) {
    this.slate = slate
    this.life = life
    this.#keep = keep
    this.#onOver = onOver
  }

  /**
   * Keeps and logs the slate, because it is shown. The second call does nothing more.
   * @returns the slate, with a warning if the store accepts none now
   */
  keep(): Promise<Slate> {
    if (!this.#kept) {
      const keep = this.#keep!
      this.#keep = undefined
      this.#kept = keep().then((slate) => {
        this.#over()
        return slate
      })
    }
    return this.#kept
  }

  /** Neither keeps nor logs it, because the client shows the same already. */
  leave(): void {
    if (!this.#kept) this.#over()
  }

  #over(): void {
    this.#onOver?.()
    this.#onOver = undefined
  }
}
