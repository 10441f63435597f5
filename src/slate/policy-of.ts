import { type Experiment, HOLD_OUT, type Policy } from '../domain/policy.ts'
import { shareOf } from '../ranking/traffic-split.ts'

/**
 * The policy of a user, by hashes of the id: always the same while the experiment stands. Who is in the hold-out depends on its own share
 * alone, so that it stays whatever becomes of the policies; the hashes have nothing to do with those that split the traffic of models.
 */
export function policyOf(userId: string, { holdOut, policies }: Experiment): Policy {
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
