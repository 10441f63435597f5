import { invariant } from '../invariant.ts'
import { MINUTE } from '../time-units.ts'

/** Maximum number of merged ids that a user value lists itself. */
export const MAX_LISTED = 32
/**
 * Time for which the mark of an erasure blocks all other changes, in ms. After it, an interrupted erasure that was never repeated
 * blocks no longer.
 */
export const MARK_MS = 10 * MINUTE

const NO_IDS: readonly string[] = []

/**
 * A step of a merge or erasure that changed one user value. `expect` names the id that will be merged into the user; `leave` names
 * the user that the id is merged into. `take` names the id whose state was taken, with that state as an encoded user value in
 * base64. `left` empties the value, and names its owner; in logs of earlier versions, it names nobody. `stay` names nobody. `list`
 * gives the ids that the value lists after the step. `erasing` empties the value, and gives ids of the same person.
 */
export type MergeStep =
  | { readonly step: 'expect' | 'leave' | 'left' | 'stay'; readonly other: string }
  | { readonly step: 'take'; readonly other: string; readonly value: string }
  | { readonly step: 'list'; readonly other: ''; readonly mergedFrom: readonly string[]; readonly arriving: readonly string[] }
  | { readonly step: 'erasing'; readonly other: ''; readonly ids: readonly string[] }

/** State of an owner to whom an event was redirected. */
export interface Redirection {
  readonly stamp: string
  readonly mergedFrom: readonly string[]
}

/** The other ids that a user value names. `apply` changes them, by steps of merges and erasures. */
export class UserLinks {
  /** Id of the user that this id was merged into; empty if it was not merged. All later events count for that user. */
  owner = ''
  /** Whether the state of a merged id has yet to be added to the owner. Until then the id stands for itself. */
  isMoving = false
  /**
   * Ids whose state this user took, latest last. Beyond `MAX_LISTED` ids, the list moves into the value of the id that was taken
   * last: that value lists the others, and is itself listed here.
   */
  mergedFrom = NO_IDS
  /** Ids with a merge into this user that has begun, and whose state has not been taken yet. */
  arriving = NO_IDS
  /** Ids of the person whose erasure has begun. A repeated erasure finds the other ids here. */
  erasing = NO_IDS
  /** Time at which the erasure marked the value, in ms of the clock of features; 0 if none did. */
  erasingSince = 0

  /** Returns all ids: those of the same person, and of a merge or an erasure that is under way. */
  get ids(): readonly string[] {
    const { owner, mergedFrom, arriving, erasing } = this
    return [...(owner === '' ? [] : [owner]), ...mergedFrom, ...erasing, ...arriving]
  }

  get isEmpty(): boolean {
    return this.owner === '' && this.mergedFrom.length === 0 && this.arriving.length === 0 && this.erasing.length === 0
  }

  /**
   * Returns whether the value still belongs to the owner to whom an event was redirected. After an erasure, the same id stands for a
   * new user. The owner keeps at least the id merged last. If the owner lists no merged ids, as after a failover, the stamp must be
   * the same.
   * @param stamp that of the value
   */
  isOfSameLife(stamp: string, redirection: Redirection): boolean {
    return redirection.stamp === stamp || this.mergedFrom.some((id) => redirection.mergedFrom.includes(id))
  }

  /** Returns the age of an erasure's mark, in ms; infinite if there is none. */
  markAge(now: number): number {
    return this.erasing.length > 0 ? now - this.erasingSince : Number.POSITIVE_INFINITY
  }

  /** Returns whether an erasure of the user is under way. @param now time of the clock of features, in ms */
  isBeingErased(now: number): boolean {
    return this.markAge(now) < MARK_MS
  }

  /**
   * Applies a step of a merge or erasure.
   * @param at time of the step, in ms of the clock of features
   */
  apply(step: MergeStep, at: number): void {
    const { other } = step
    switch (step.step) {
      case 'expect':
        this.arriving = [...without(this.arriving, other), other]
        return
      case 'leave':
        this.owner = other
        this.isMoving = true
        return
      case 'take':
        this.mergedFrom = [...this.mergedFrom, other]
        this.arriving = without(this.arriving, other)
        return
      case 'left':
        this.isMoving = false
        // Earlier versions named nobody.
        if (other !== '') this.owner = other
        return
      case 'stay':
        this.owner = ''
        this.isMoving = false
        return
      case 'list':
        this.mergedFrom = step.mergedFrom
        this.arriving = step.arriving
        return
      case 'erasing':
        this.isMoving = false
        this.owner = ''
        this.mergedFrom = NO_IDS
        // `arriving` stays: an erasure that is sent again looks there for ids that left for this user meanwhile.
        this.erasing = step.ids
        this.erasingSince = at
    }
  }

  /** Checks the links after a step. @throws InvariantError if they contradict each other */
  check(userId: string, { step, other }: MergeStep): void {
    const { owner, isMoving, mergedFrom } = this
    const at = `user ${userId}, merge step ${step} ${other}:`
    invariant(!isMoving || owner !== '', 'MERGE_STATE', `${at} a value moves and has nowhere to go`)
    invariant(owner !== userId && !mergedFrom.includes(userId), 'MERGE_STATE', `${at} an id became its own`)
    if (step !== 'take') return
    invariant(owner === '', 'MERGE_STATE', `${at} an id that became another user's takes a value`)
    invariant(mergedFrom.indexOf(other) === mergedFrom.length - 1, 'MERGE_STATE', `${at} a value is taken a second time`)
  }
}

function without(ids: readonly string[], id: string): readonly string[] {
  return ids.filter((one) => one !== id)
}
