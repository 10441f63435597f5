/**
 * An input of the reward model: a feature, scaled linearly to 0–1 and cut off at both ends. A feature that is read from the
 * neighbours of recent items is always missing here.
 */
export interface RewardInput {
  readonly feature: string
  /** Feature value that maps to 0. Lower values map to 0 too. */
  readonly from: number
  /** Feature value that maps to 1. Higher values map to 1 too. */
  readonly to: number
  /** Feature value used if the feature is missing. */
  readonly missing: number
}

/** Exploration on one surface. Shares are fractions of the surface's slates, 0 to 1. */
export interface SurfaceExploration {
  /** Position of the exploration slot, 1 at the top. Shorter slates have no slot. */
  readonly position: number
  /** Share of slates with an exploration slot. */
  readonly share: number
  /** Share of slates in a fully random order (Plackett–Luce), for off-policy estimates. These slates have no exploration slot. */
  readonly randomised: number
}

/** Maximum number of arms: items among which an exploration slot is drawn. */
export const MOST_ARMS = 40

/** Exploration: showing little-known items to learn how users react to them. */
export interface Exploration {
  /** Number of items among which a slot is drawn, 2 to 40. With fewer arms, each item becomes known sooner. */
  readonly arms: number
  /**
   * Greediness of the draw, above 0: an arm whose estimated reward is one mean reward of the surface below the best is drawn with
   * probability 1/(arms + gamma).
   */
  readonly gamma: number
  /**
   * Clicks that an average item would have got from the item's impressions. The item is explored until it reaches this number;
   * Infinity explores items forever.
   */
  readonly knownAfterClicks: number
  readonly inputs: readonly RewardInput[]
  readonly surfaces: { readonly [surface: string]: SurfaceExploration }
  /** Exploration on surfaces that `surfaces` does not list, and for requests without a surface. No exploration there if absent. */
  readonly elsewhere?: SurfaceExploration
}

/** Returns the exploration settings of a surface; undefined if the surface has no exploration. */
export function explorationOf(exploration: Exploration | undefined, surface: string | undefined): SurfaceExploration | undefined {
  if (!exploration) return undefined
  const own = surface !== undefined && Object.hasOwn(exploration.surfaces, surface)
  return own ? exploration.surfaces[surface] : exploration.elsewhere
}
