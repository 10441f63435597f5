import type { Clock } from '../clock.ts'
import type { Randomness } from '../random.ts'
import type { Rules } from '../rules/rules.ts'
import { decodeStanding, encodeStanding, type Standing, type StandingRules, standingId } from '../rules/standing-rules.ts'
import type { StateStore, Subject } from '../state/store.ts'
import { type JsonObject, stampOf } from '../state/user-value.ts'
import { swapUntilCommitted } from './swap-until-committed.ts'
import { checkId } from './validation.ts'

export interface SetRulesParts {
  readonly store: StateStore
  readonly standingRules: StandingRules
  readonly clock: Clock
  readonly random: Randomness
}

/**
 * Puts rules in place of those that stand for the surface, or for all surfaces if none is named; `undefined` removes them.
 * @returns what stands now
 * @throws InvalidInputError when no surface can have that name
 * @throws UnavailableError when the store does not answer
 */
export async function setRules(
  { store, standingRules, clock, random }: SetRulesParts,
  surface: string | undefined,
  rules: Rules | undefined,
): Promise<Standing> {
  if (surface !== undefined) checkId(surface, 'surface')
  const id = standingId(surface)
  const subject: Subject = { kind: 'rules', id }
  let standing: Standing = { surface, rules, updatedAt: clock.now() }
  const attempt = (current: Uint8Array | undefined) => {
    const held = current && decodeStanding(current)
    // Above the rules before, so that of two changes within a millisecond every process keeps the later.
    standing = { surface, rules, updatedAt: Math.max(clock.now(), (held?.updatedAt ?? 0) + 1) }
    const upload = JSON.parse(JSON.stringify(standing)) as JsonObject
    const value = encodeStanding(standing, random.stamp())
    return {
      subject,
      expected: stampOf(current),
      value,
      expiresIn: 0,
      identities: [],
      now: clock.now(),
      entry: () => ({ kind: 'rules' as const, id, at: standing.updatedAt, upload }),
      increments: undefined,
      signal: JSON.stringify(standing),
    }
  }
  await swapUntilCommitted(store, subject, undefined, attempt, random.integer)
  standingRules.set(standing)
  return standing
}
