import { type Experiment, HOLD_OUT, type Policy } from '../domain/experiment.ts'
import { shareOf } from '../ranking/traffic-split.ts'

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
