import type { CandidateReason } from '../candidates/source.ts'
import type { Rules } from '../rules/rules.ts'
import type { SlotDrawn } from '../state/log/entry.ts'
import type { SeenVectors } from './seen-vectors.ts'

/** Why a slate was made. */
export const SLATE_TRIGGERS = ['INITIAL', 'EVENT', 'MODEL', 'RULES', 'CATALOGUE', 'REFRESH', 'RESYNC', 'ERASED'] as const
export type SlateTrigger = (typeof SLATE_TRIGGERS)[number]

/** Whether the user's state may have begun anew: such a slate replaces the one before it, whatever the two versions are. */
export function beginsAnew(trigger: SlateTrigger): boolean {
  return trigger === 'INITIAL' || trigger === 'RESYNC' || trigger === 'ERASED'
}

/** What is asked. */
export interface SlateRequest {
  readonly userId: string
  /** How many items at the most. */
  readonly first: number
  readonly surface: string | undefined
  readonly anchorItemId: string | undefined
  readonly sessionId: string | undefined
  readonly device: string | undefined
  /** What they lack is left to the standing rules of the surface. */
  readonly rules?: Rules
  /** Nothing is kept or logged, and rules, if given, stand in place of the standing ones. */
  readonly preview?: boolean
}

export interface Recommendation {
  readonly itemId: string
  /** 1 is the top. */
  readonly position: number
  /** Probability of a click where a model ranked; a merged standing, without unit, where none did. Times the factors of boosts. */
  readonly score: number
  readonly sources: readonly { readonly name: string; readonly score: number | undefined }[]
  readonly reason: CandidateReason
  readonly exploration: boolean
  /**
   * Probability with which this item was put at this position: of an explored item, that the slate explores and that the item is drawn;
   * in a slate that is drawn as a whole, given the items above; 1 where nothing is drawn.
   */
  readonly propensity: number
}

/** How the exploration slot of a slate was filled: what rewards and off-policy estimates need. */
export interface ExploredSlot extends SlotDrawn {
  readonly itemId: string
  /** Share of the surface's slates that explore. */
  readonly share: number
  /** That of inverse gap weighting, in the inverse unit of the estimates. */
  readonly gamma: number
  /** Items among which it was drawn. */
  readonly arms: readonly string[]
  /** Reward that was expected of each. */
  readonly estimates: readonly number[]
}

/** How the order of a whole slate was drawn. */
export interface RandomisedOrder {
  /** Share of the surface's slates that are drawn so. */
  readonly share: number
  /** What would have stood there in its place, from the top. */
  readonly ranked: readonly string[]
}

export const WARNING_CODES = [
  'MODEL_NOT_LOADED',
  'NOT_KEPT',
  'PIN_CONFLICT',
  'PIN_UNAVAILABLE',
  'SOURCE_DROPPED',
  'TOO_FEW_ITEMS',
  'UNKNOWN_ATTRIBUTE',
  'UNKNOWN_FEATURE',
] as const

export type WarningCode = (typeof WARNING_CODES)[number]

export interface SlateWarning {
  readonly code: WarningCode
  readonly message: string
  readonly field?: string
}

export interface Slate {
  readonly recommendationId: string
  readonly userId: string
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Of the experiment: the one that the user belongs to. */
  readonly policy: string
  readonly version: number
  readonly trigger: SlateTrigger
  readonly latestEventId: string | undefined
  /** ms of the clock that features see. */
  readonly generatedAt: number
  readonly items: readonly Recommendation[]
  /** Of a slate with an exploration slot. */
  readonly explored?: ExploredSlot
  /** Of a slate whose order was drawn. */
  readonly randomised?: RandomisedOrder
  /** Name of the model that ranked; undefined where a rule did. */
  readonly model: string | undefined
  /** What the model saw of the items; undefined where none ranked, and where it is not known any more. */
  readonly vectors: SeenVectors | undefined
  readonly fallback: boolean
  readonly warnings: readonly SlateWarning[]
  readonly tookMs: number
}
