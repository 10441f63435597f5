import { shareOf } from '../ranking/traffic-split.ts'
import type { Rules } from '../rules/rules.ts'

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

/** A policy: one variant of making slates, compared with the other policies of the experiment. */
export interface Policy {
  /** Name under which the outcomes of the policy are recorded. Give a changed policy a new name. */
  readonly name: string
  /** Weight of the policy among the users outside the hold-out, relative to the weights of the other policies. */
  readonly share: number
  /**
   * Name of an active model, whose own traffic may be 0. null ranks without a model. If absent, the traffic split of the models
   * decides.
   */
  readonly model?: string | null
  /** Rules for requests that do not set them. They take precedence over standing rules. */
  readonly rules?: Rules
  /** Names of the candidate sources to use. All sources of the domain if absent. */
  readonly sources?: readonly string[]
  /** Exploration on every surface; null for none. The domain's exploration settings if absent. */
  readonly exploration?: SurfaceExploration | null
}

/** The policies of a domain, and the shares of users that get them. */
export interface Experiment {
  /**
   * Share of users, 0 to 0.5, who get only the most popular items for the whole experiment. The other policies are measured against
   * these users.
   */
  readonly holdOut: number
  /** At least one policy. The first is the baseline of comparisons. */
  readonly policies: readonly Policy[]
}

/** The experiment of a domain that declares none: all users get the policy `default`. */
export const NO_EXPERIMENT: Experiment = { holdOut: 0, policies: [{ name: 'default', share: 1 }] }

/** Policy of the hold-out: the most popular items in rank order, the same for all users. */
export const HOLD_OUT: Policy = {
  name: 'hold_out',
  share: 0,
  model: null,
  rules: { diversity: 0, seen: [] },
  sources: ['trending'],
  exploration: null,
}

/** Returns each policy, the hold-out included, with its share of all users. The shares sum to 1. */
export function sharesOf({ holdOut, policies }: Experiment): { readonly policy: Policy; readonly share: number }[] {
  const total = policies.reduce((sum, { share }) => sum + share, 0)
  const shares = policies.map((policy) => ({ policy, share: ((1 - holdOut) * policy.share) / total }))
  return holdOut > 0 ? [...shares, { policy: HOLD_OUT, share: holdOut }] : shares
}

/** Returns the exploration settings of a policy on a surface; undefined for no exploration. */
export function explorationUnder(
  { exploration: own }: Policy,
  exploration: Exploration | undefined,
  surface: string | undefined,
): SurfaceExploration | undefined {
  return own === undefined ? explorationOf(exploration, surface) : (own ?? undefined)
}

/**
 * Returns the policy of a user, from hashes of the id. It stays the same throughout the experiment. The hold-out depends only on
 * its own share, so it stays the same if policies change. The hashes are independent of those that split the traffic of models.
 */
export function assignedPolicy(userId: string, { holdOut, policies }: Experiment): Policy {
  const isHeldOut = shareOf(userId, [
    { name: 'policy\0held out', traffic: holdOut, of: true },
    { name: 'policy\0everyone else', traffic: 1 - holdOut, of: false },
  ])
  if (isHeldOut) return HOLD_OUT
  return shareOf(
    userId,
    policies.map((policy) => ({ name: `policy\0${policy.name}`, traffic: policy.share, of: policy })),
  )!
}
