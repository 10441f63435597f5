import { z } from 'zod'
import { meaningOf } from '../../src/accumulators/event-meaning.ts'
import { REWARDING } from '../../src/accumulators/policy-outcomes.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { inverseGapWeights } from '../../src/slate/exploration-slot.ts'
import type { PlacedEntry } from '../../src/state/log/archive.ts'
import { whyNotCounted, withoutCapped } from '../../src/state/log/not-counted.ts'
import type { EventsEntry } from '../../src/state/log-entry.ts'
import { type Decision, type Estimate, type Estimates, estimateValue, meanOf } from './estimators.ts'

const loggedSlate = z.object({
  items: z.array(z.object({ itemId: z.string(), propensity: z.number() })),
  explored: z
    .object({
      itemId: z.string(),
      decision: z.number(),
      gamma: z.number(),
      arms: z.array(z.string()),
      estimates: z.array(z.number()),
    })
    .optional(),
  randomised: z.object({ ranked: z.array(z.string()) }).optional(),
})

/** The estimated value of a policy: the clicks per decision that it would have brought. */
export interface PolicyValue {
  readonly policy: string
  readonly estimates: Estimates
}

/** Estimates of how many clicks other policies would have brought, from one log of the service. */
export interface ServiceLogReport {
  /** Impressions of slates of this log. */
  readonly impressions: number
  /** Explored decisions that were seen, each once, and the policies that could have filled their slots. */
  readonly slots: {
    readonly decisions: number
    readonly asServed: Estimate | undefined
    readonly policies: readonly PolicyValue[]
  }
  /** Randomised slates that were seen, and the ranking in their place, by how many positions from the top. */
  readonly randomised: { readonly slates: number; readonly policies: readonly (PolicyValue & { readonly asServed: Estimate })[] }
}

interface Slot {
  readonly at: number
  readonly explored: NonNullable<z.infer<typeof loggedSlate>['explored']>
  reward: number
}

interface Drawn {
  readonly items: readonly { itemId: string; propensity: number }[]
  readonly ranked: readonly string[]
  readonly seen: Set<number>
  readonly clicked: Set<string>
}

/** Positions from the top for which a ranking is judged: the further down, the fewer drawn slates agree with it. */
const TOPS = [1, 2, 3]

/**
 * Estimates other policies from the service's own log. For exploration slots, the policies draw evenly, or always take the arm of
 * the highest estimate. Slates that repeat a draw are one decision. The reward is that of the bandit, and the logged estimates
 * are the predictions: they were made before the reward. For randomised slates, the policy is the ranking: its value is the
 * number of clicks among the first k items. The propensity of a slate is the product of the propensities of its first k items
 * (McInerney et al., 2020, "RIPS").
 */
export async function readServiceLog(
  entries: AsyncIterable<PlacedEntry>,
  domain: Domain,
  clip?: number,
): Promise<ServiceLogReport> {
  const slots = new Map<string, Slot>()
  const drawn = new Map<string, Drawn>()
  const explored = new Map<string, Slot['explored']>()
  let impressions = 0
  const see = ({ event, facts: found }: EventsEntry['events'][number], userId: string): void => {
    const { role } = meaningOf(domain, event.eventType)
    const { recommendationId = '' } = event
    if (whyNotCounted(found) !== undefined) return
    const facts = withoutCapped(found)
    if (role === 'impression' && recommendationId !== '') impressions += facts.items.length
    const slate = drawn.get(recommendationId)
    if (slate && role === 'impression')
      for (const { position } of facts.items) if (position !== undefined) slate.seen.add(position)
    if (slate && role === 'click') for (const { itemId } of facts.items) slate.clicked.add(itemId)
    const isReward = REWARDING.has(role)
    if (!facts.explored || (!isReward && role !== 'impression')) return
    const key = `${userId}\0${facts.explored.decision}`
    const known = explored.get(recommendationId)
    const slot = slots.get(key) ?? (known && { at: facts.explored.decided, explored: known, reward: 0 })
    if (!slot) return
    slots.set(key, slot)
    if (isReward) slot.reward = 1
  }
  for await (const { entry } of entries) {
    if (entry.kind === 'events') for (const event of entry.events) see(event, entry.userId)
    if (entry.kind !== 'slate') continue
    const { success, data } = loggedSlate.safeParse(entry.slate)
    if (!success) continue
    if (data.explored) explored.set(entry.recommendationId, data.explored)
    if (data.randomised) {
      const { ranked } = data.randomised
      drawn.set(entry.recommendationId, { items: data.items, ranked, seen: new Set(), clicked: new Set() })
    }
  }
  return { impressions, slots: judgeSlots([...slots.values()], clip), randomised: judgeDrawn([...drawn.values()], clip) }
}

function judgeSlots(slots: readonly Slot[], clip: number | undefined): ServiceLogReport['slots'] {
  if (slots.length === 0) return { decisions: 0, asServed: undefined, policies: [] }
  const policies: [string, (estimates: readonly number[]) => ArrayLike<number>][] = [
    ['drawn evenly', (estimates) => inverseGapWeights(estimates, 0)],
    ['the highest estimate', (estimates) => estimates.map((_, arm) => (arm === best(estimates) ? 1 : 0))],
  ]
  return {
    decisions: slots.length,
    asServed: meanOf(slots.map(({ reward }) => reward)),
    policies: policies.map(([policy, chances]) => {
      const decisions = slots.map(({ explored: { itemId, gamma, arms, estimates }, reward }): Decision => {
        const arm = arms.indexOf(itemId)
        const target = chances(estimates)
        const foreseenOfTarget = estimates.reduce((sum, estimate, other) => sum + target[other] * estimate, 0)
        const propensity = inverseGapWeights(estimates, gamma)[arm]
        return { reward, propensity, target: target[arm], foreseen: estimates[arm], foreseenOfTarget }
      })
      return { policy, estimates: estimateValue(decisions, clip) }
    }),
  }
}

function best(estimates: readonly number[]): number {
  return estimates.indexOf(Math.max(...estimates))
}

function judgeDrawn(slates: readonly Drawn[], clip: number | undefined): ServiceLogReport['randomised'] {
  const seen = slates.filter((slate) => slate.seen.size > 0)
  const policies = TOPS.flatMap((top) => {
    const long = seen.filter(({ items, seen }) => items.length >= top && seen.has(top))
    if (long.length === 0) return []
    const rewardOf = ({ items, clicked }: Drawn) => items.slice(0, top).filter(({ itemId }) => clicked.has(itemId)).length
    const mean = meanOf(long.map(rewardOf))
    const decisions = long.map((slate): Decision => {
      const first = slate.items.slice(0, top)
      return {
        reward: rewardOf(slate),
        propensity: first.reduce((product, { propensity }) => product * propensity, 1),
        target: first.every(({ itemId }, at) => slate.ranked[at] === itemId) ? 1 : 0,
        // Nothing is known of what was not drawn: the mean of all, for either.
        foreseen: mean.value,
        foreseenOfTarget: mean.value,
      }
    })
    return [{ policy: `the ranking, first ${top}`, estimates: estimateValue(decisions, clip), asServed: mean }]
  })
  return { slates: seen.length, policies }
}
