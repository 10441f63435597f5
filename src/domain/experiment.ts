import { shareOf } from '../ranking/traffic-split.ts'
import type { Rules } from '../rules/rules.ts'
import { type Exploration, explorationOf, type SurfaceExploration } from './exploration-settings.ts'

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
