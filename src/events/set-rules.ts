import type { Rules } from '../rules/rules.ts'
import { encodeStanding, readStanding, type Standing, type StandingRules, standingId } from '../rules/standing-rules.ts'
import type { JsonObject } from '../state/user-value.ts'
import { checkId } from './field-checks.ts'
import { type SwapUploadParts, swapUpload } from './swap-upload.ts'

export interface SetRulesParts extends SwapUploadParts {
  readonly standingRules: StandingRules
}

/**
 * Replaces the standing rules of a surface, or of all surfaces if `surface` is undefined. `rules` undefined removes them.
 * @returns the new standing rules
 * @throws InvalidInputError if the surface name is invalid
 * @throws UnavailableError if the store does not answer
 */
export async function setRules(parts: SetRulesParts, surface: string | undefined, rules: Rules | undefined): Promise<Standing> {
  const { standingRules, clock, random } = parts
  if (surface !== undefined) checkId(surface, 'surface')
  const id = standingId(surface)
  let standing: Standing = { surface, rules, updatedAt: clock.now() }
  await swapUpload(parts, { kind: 'rules', id }, (current) => {
    const held = current && readStanding(id, current, () => {})
    // Above the rules before, so that of two changes within a millisecond every process keeps the later.
    standing = { surface, rules, updatedAt: Math.max(clock.now(), (held?.updatedAt ?? 0) + 1) }
    const signal = JSON.stringify(standing)
    const value = encodeStanding(standing, random.stamp())
    return { value, at: standing.updatedAt, upload: JSON.parse(signal) as JsonObject, signal }
  })
  standingRules.set(standing)
  return standing
}
