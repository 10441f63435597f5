/**
 * A figure of an item by which rewards are foreseen: a feature, told apart between two values. What is read from the neighbours of recent items
 * is always missing here.
 */
export interface RewardInput {
  readonly feature: string
  /** What counts as 0, and all below it. */
  readonly from: number
  /** What counts as 1, and all above it. */
  readonly to: number
  /** What stands in for a missing value. */
  readonly missing: number
}

/** How much of a surface is left to chance. Shares are of slates, 0 to 1. */
export interface SurfaceExploration {
  /** Where the exploration slot is, 1 is the top. Shorter slates have none. */
  readonly position: number
  /** Slates with an exploration slot. */
  readonly share: number
  /** Slates whose whole order is drawn (Plackett and Luce), for off-policy estimates; these have no slot. */
  readonly randomised: number
}

/** Items among which a slot can be drawn. */
export const MOST_ARMS = 40

/** What is shown to learn rather than because it ranked. */
export interface Exploration {
  /** Items among which a slot is drawn, from 2 to 40: the fewer, the sooner each of them is known. */
  readonly arms: number
  /**
   * How quickly items that promise less are left, above 0: one whose estimated reward lies the mean reward of the surface below the best
   * is drawn with probability 1/(arms + gamma).
   */
  readonly gamma: number
  /** An item is explored until its impressions would have brought an average item so many clicks; Infinity for ever. */
  readonly knownAfterClicks: number
  readonly inputs: readonly RewardInput[]
  readonly surfaces: { readonly [surface: string]: SurfaceExploration }
  /** Of other surfaces, and where a request names none; absent: nothing is explored there. */
  readonly elsewhere?: SurfaceExploration
}

/** What is explored on a surface; undefined for nothing. */
export function explorationOf(exploration: Exploration | undefined, surface: string | undefined): SurfaceExploration | undefined {
  if (!exploration) return undefined
  const own = surface !== undefined && Object.hasOwn(exploration.surfaces, surface)
  return own ? exploration.surfaces[surface] : exploration.elsewhere
}
