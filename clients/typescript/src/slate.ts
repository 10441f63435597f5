import type { LiveRecommendationsSubscription, RecommendationsInput } from './operations.ts'

/** A slate: an ordered list of recommended items. */
export type Slate = LiveRecommendationsSubscription['recommendations']

/** An item of a slate, with its position and the reason for it. */
export type Recommendation = Slate['items'][number]

/** Which slates an app wants. The fields are those of `RecommendationsInput`. The client adds the user and the session. */
export interface SlateRequest extends Omit<RecommendationsInput, 'userId' | 'sessionId' | 'afterSlate' | 'preview'> {
  /** Names of the attributes of items that the app shows, such as `title`. All attributes if absent. */
  readonly attributes?: readonly string[]
  /** Event types that cause a new slate; those of the service's domain if absent. */
  readonly eventTypes?: readonly string[]
  /** Shortest time between two slates, in ms. 100 if absent. */
  readonly minIntervalMs?: number
  /** The `recommendationId` of a slate that is on screen already. The first slate comes only if it is a different one. */
  readonly unless?: string
}

/** Triggers of slates that are shown even if their version is lower: the service may count versions anew. */
const BEGINS_ANEW = new Set(['INITIAL', 'RESYNC', 'ERASED'])

/** Whether a slate is older than the one that came before it. Slates can overtake each other. */
export function isStale(slate: Slate, latest: Slate | undefined): boolean {
  if (latest === undefined || BEGINS_ANEW.has(slate.trigger)) return false
  if (slate.version !== latest.version) return slate.version < latest.version
  return Date.parse(slate.generatedAt) < Date.parse(latest.generatedAt)
}
