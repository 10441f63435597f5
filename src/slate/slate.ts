import type { CandidateReason } from '../candidates/source.ts'
import type { Rules } from '../rules/rules.ts'
import type { CountedValues, SlotDrawn } from '../state/log-entry.ts'
import type { SeenVectors } from './seen-vectors.ts'

/** Reasons for making a slate. */
export const SLATE_TRIGGERS = ['INITIAL', 'EVENT', 'MODEL', 'RULES', 'CATALOGUE', 'REFRESH', 'RESYNC', 'ERASED'] as const
export type SlateTrigger = (typeof SLATE_TRIGGERS)[number]

/**
 * Returns whether the slate may follow a reset of the user's state. A client must take such a slate even if its version is lower
 * than that of the slate before.
 */
export function beginsAnew(trigger: SlateTrigger): boolean {
  return trigger === 'INITIAL' || trigger === 'RESYNC' || trigger === 'ERASED'
}

/** Items that the caller gives to be ranked, in place of those that sources propose. */
export interface GivenItems {
  /** In the order in which they were given, each once. */
  readonly itemIds: readonly string[]
  /** Score that the caller gave to each of them; undefined if none. */
  readonly scores: readonly (number | undefined)[]
  /** Whether their order says something, such as the order of search results. */
  readonly isOrdered: boolean
  /** Items that were given more than once. */
  readonly repeated: readonly string[]
}

/**
 * The earlier slates of a feed, whose items a slate leaves out: the latest of them by its id, or, in the replay of a log, all items
 * of theirs.
 */
export type After = { readonly recommendationId: string } | { readonly itemIds: readonly string[] }

/** What a slate depends on beside stored state: for whom it is, where it appears, and what the client asks for. */
export interface SlateRequest {
  readonly userId: string
  /** Maximum number of items. */
  readonly first: number
  readonly surface: string | undefined
  /** Distinct items on screen, such as that of an item page or those of the cart; at most 20. Absent: none. */
  readonly anchorItemIds?: readonly string[] | undefined
  /** Items to rank, in place of those that sources propose. */
  readonly given?: GivenItems
  /** Absent: the slate leaves out no items of earlier slates. */
  readonly after?: After
  readonly sessionId: string | undefined
  readonly device: string | undefined
  /** What counts of the declared attributes of the context. None if absent. */
  readonly context?: CountedValues | undefined
  /** Warnings about the request itself, which its slates repeat. */
  readonly warnings?: readonly SlateWarning[]
  /** Rules of this request. The standing rules of the surface fill in every rule that is absent here. */
  readonly rules?: Rules
  /** Whether this is a preview: the slate is neither stored nor logged, and `rules`, if given, replace the standing rules. */
  readonly preview?: boolean
  /** Whether a merged id is refused. Otherwise it stands for the user that it was merged into. */
  readonly refusesMerged?: boolean
}

/** An item in a slate, with its position, and with what led to this position. */
export interface Recommendation {
  readonly itemId: string
  /** Position in the slate, counted from 1 at the top. */
  readonly position: number
  /**
   * Click probability if a model ranked the slate, else the merged ranks of the sources, without unit. Boosts multiply the score.
   * An explored item has its expected reward instead.
   */
  readonly score: number
  readonly sources: readonly { readonly name: string; readonly score: number | undefined }[]
  readonly reason: CandidateReason
  readonly exploration: boolean
  /**
   * Probability that the slate shows this item at this position. For an explored item: the probability that the slate explores,
   * times the probability of drawing the item. In a randomised slate: the probability of the draw, given the items above. 1 if
   * nothing is drawn.
   */
  readonly propensity: number
}

/** The draw of the item in the exploration slot of a slate. Rewards and off-policy estimates are computed from these fields. */
export interface ExploredSlot extends SlotDrawn {
  readonly itemId: string
  /** Share of the surface's slates that have an exploration slot, 0 to 1. */
  readonly share: number
  /** Greediness of inverse gap weighting, in the inverse unit of the estimates. */
  readonly gamma: number
  /** Items of which one was drawn for the slot. */
  readonly arms: readonly string[]
  /** Expected reward of each item in `arms`. */
  readonly estimates: readonly number[]
}

/** What the log keeps of a randomised slate, so that other rankings can be judged by it. */
export interface RandomisedOrder {
  /** Share of the surface's slates that are randomised, 0 to 1. */
  readonly share: number
  /** Items that the slate would have shown without randomisation, from the top. */
  readonly ranked: readonly string[]
}

/** Codes of the warnings of a slate. The schema describes each. */
export const WARNING_CODES = [
  'AFTER_SHORTENED',
  'AFTER_UNKNOWN',
  'CANDIDATE_REPEATED',
  'CANDIDATE_UNKNOWN',
  'MODEL_NOT_LOADED',
  'NOT_KEPT',
  'PIN_CONFLICT',
  'PIN_UNAVAILABLE',
  'SOURCE_DROPPED',
  'TOO_FEW_ITEMS',
  'NOTHING_TO_COMPARE',
  'UNDECLARED_ATTRIBUTE',
  'UNKNOWN_ATTRIBUTE',
  'UNKNOWN_EVENT_TYPE',
  'UNKNOWN_FEATURE',
  'VALUE_NOT_COUNTED',
] as const

export type WarningCode = (typeof WARNING_CODES)[number]

/** A problem of a slate that did not prevent it, such as a rule that could not be met. `field` is its path in the request. */
export interface SlateWarning {
  readonly code: WarningCode
  readonly message: string
  readonly field?: string
  /** Items that the warning is about; absent if it is about no list of items. */
  readonly itemIds?: readonly string[]
}

/** The items for one user at one moment, best first. It is what clients get, what is stored, and what is logged. */
export interface Slate {
  readonly recommendationId: string
  readonly userId: string
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Name of the policy of the experiment that made the slate. */
  readonly policy: string
  readonly version: number
  readonly trigger: SlateTrigger
  readonly latestEventId: string | undefined
  /** Time of the slate on the clock of features (`Clock.now`), in ms. */
  readonly generatedAt: number
  readonly items: readonly Recommendation[]
  /** Items of earlier slates that this one leaves out, the oldest first; absent if there are none. */
  readonly earlier?: readonly string[]
  /** The draw of the exploration slot; absent if the slate has none. */
  readonly explored?: ExploredSlot
  /** The draw of the order; absent if the slate is not randomised. */
  readonly randomised?: RandomisedOrder
  /** Name of the model that ranked the slate; undefined if the rule without a model ranked. */
  readonly model: string | undefined
  /** Feature vectors that the model read for the items; undefined if no model ranked, or if the vectors are no longer known. */
  readonly vectors: SeenVectors | undefined
  readonly fallback: boolean
  readonly warnings: readonly SlateWarning[]
  readonly tookMs: number
}
