import type { Rules } from '../rules/rules.ts'
import { encodeStanding, readStanding, type Standing, type StandingRules, standingId } from '../rules/standing-rules.ts'
import type { JsonObject } from '../state/user-value.ts'
import { type SwapUploadParts, swapUpload } from './swap.ts'
import { checkId } from './validate-event.ts'

export interface SetRulesParts extends SwapUploadParts {
  readonly standingRules: StandingRules
}

/** Standing rules that were not removed. */
export type StandingWithRules = Standing & { readonly rules: Rules }

/**
 * Replaces the standing rules of a surface, or of all surfaces if `surface` is undefined.
 * @returns the new standing rules, and those that they replaced; undefined if there were none, or if they could not be read
 * @throws InvalidInputError if the surface name is invalid
 * @throws UnavailableError if the store does not answer
 */
export async function setRules(
  parts: SetRulesParts,
  surface: string | undefined,
  rules: Rules,
): Promise<{ standing: StandingWithRules; before: Rules | undefined }> {
  const { standing, before } = await change(parts, surface, rules)
  return { standing: { surface, updatedAt: standing!.updatedAt, rules }, before: before?.rules }
}

/**
 * Removes the standing rules of a surface, or those for all surfaces if `surface` is undefined. Writes nothing if there are none.
 * @returns the rules that were removed; undefined if there were none, or if they could not be read
 * @throws InvalidInputError if the surface name is invalid
 * @throws UnavailableError if the store does not answer
 */
export async function removeRules(parts: SetRulesParts, surface: string | undefined): Promise<StandingWithRules | undefined> {
  const { before } = await change(parts, surface, undefined)
  return before?.rules && { ...before, rules: before.rules }
}

async function change(
  parts: SetRulesParts,
  surface: string | undefined,
  rules: Rules | undefined,
): Promise<{ before: Standing | undefined; standing: Standing | undefined }> {
  const { standingRules, clock, random } = parts
  if (surface !== undefined) checkId(surface, 'surface')
  const id = standingId(surface)
  let standing: Standing | undefined
  let before: Standing | undefined
  await swapUpload(parts, { kind: 'rules', id }, (current) => {
    before = current && readStanding(id, current, () => {})
    const isRemoved = current === undefined || (before !== undefined && before.rules === undefined)
    standing = undefined
    if (rules === undefined && isRemoved) return undefined
    // Above the rules before, so that of two changes within a millisecond every process keeps the later.
    standing = { surface, rules, updatedAt: Math.max(clock.now(), (before?.updatedAt ?? 0) + 1) }
    const signal = JSON.stringify(standing)
    const value = encodeStanding(standing, random.stamp())
    return { value, at: standing.updatedAt, upload: JSON.parse(signal) as JsonObject, signal }
  })
  // Of what was not written, other processes would not hear.
  if (standing) standingRules.set(standing)
  return { before, standing }
}
