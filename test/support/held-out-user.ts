import { assignedPolicy, type Experiment } from '../../src/domain/experiment.ts'

/** Ids of two users: one is in the hold-out of an experiment, and the other is not. The hold-out has about half of the users. */
export function heldOutAndOther(experiment: Experiment): readonly [heldOut: string, other: string] {
  const users = Array.from({ length: 50 }, (_, i) => `user${i}`)
  const isHeldOut = (userId: string) => assignedPolicy(userId, experiment).name === 'hold_out'
  return [users.find(isHeldOut)!, users.find((userId) => !isHeldOut(userId))!]
}
