import type { Rules } from '../rules/rules.ts'
import { type Exploration, explorationOf, type SurfaceExploration } from './exploration-settings.ts'

/** One way to make slates, that is compared with others. */
export interface Policy {
  /** By which its figures are kept: a policy that changes its ways gets another name. */
  readonly name: string
  /** Its part of the users outside the hold-out, beside the shares of the others. */
  readonly share: number
  /** A model that is active, be it with a traffic of 0; null leaves ranking to the rule; absent: as the traffic of models says. */
  readonly model?: string | null
  /** Each that a request lacks is taken from here before it is taken from the standing rules. */
  readonly rules?: Rules
  /** Names of the sources that are asked; all of the domain if absent. */
  readonly sources?: readonly string[]
  /** What of every surface is left to chance; null: nothing; absent: as the domain says. */
  readonly exploration?: SurfaceExploration | null
}

/** Which policies there are, and who gets which. */
export interface Experiment {
  /** Share of the users, 0 to 0.5, who get what is popular and nothing else for as long as it stands: what the rest is worth shows against them. */
  readonly holdOut: number
  /** At least one; the first is what the others are compared with. */
  readonly policies: readonly Policy[]
}

export const NO_EXPERIMENT: Experiment = { holdOut: 0, policies: [{ name: 'default', share: 1 }] }

/** What the hold-out gets: the top list, by rank, the same for everyone. */
export const HOLD_OUT: Policy = {
  name: 'hold_out',
  share: 0,
  model: null,
  rules: { diversity: 0 },
  sources: ['trending'],
  exploration: null,
}

/** All policies with the share of the users that each should have, by name; they sum to 1. */
export function sharesOf({ holdOut, policies }: Experiment): { readonly policy: Policy; readonly share: number }[] {
  const total = policies.reduce((sum, { share }) => sum + share, 0)
  const shares = policies.map((policy) => ({ policy, share: ((1 - holdOut) * policy.share) / total }))
  return holdOut > 0 ? [...shares, { policy: HOLD_OUT, share: holdOut }] : shares
}

/** What a policy leaves to chance on a surface; undefined for nothing. */
export function explorationUnder(
  { exploration: own }: Policy,
  exploration: Exploration | undefined,
  surface: string | undefined,
): SurfaceExploration | undefined {
  return own === undefined ? explorationOf(exploration, surface) : (own ?? undefined)
}
