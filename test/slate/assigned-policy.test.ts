import { describe, expect, it } from 'vitest'
import { assignedPolicy, type Experiment, NO_EXPERIMENT, sharesOf } from '../../src/domain/experiment.ts'

const USERS = Array.from({ length: 20_000 }, (_, n) => `user-${n}`)

function groups(experiment: Experiment): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const userId of USERS) {
    const { name } = assignedPolicy(userId, experiment)
    found.set(name, (found.get(name) ?? new Set()).add(userId))
  }
  return found
}

describe('the policy of a user', () => {
  it('is the same for everyone without an experiment', () => {
    expect([...groups(NO_EXPERIMENT).keys()]).toEqual(['default'])
  })

  it('is drawn by the shares, never changes, and the hold-out keeps its users if policies change', () => {
    const experiment: Experiment = {
      holdOut: 0.05,
      policies: [
        { name: 'control', share: 3 },
        { name: 'bold', share: 1 },
      ],
    }
    const first = groups(experiment)
    for (const { policy, share } of sharesOf(experiment)) {
      const expected = share * USERS.length
      expect(Math.abs(first.get(policy.name)!.size - expected)).toBeLessThan(4 * Math.sqrt(expected))
    }
    expect(groups(experiment)).toEqual(first)
    const other = groups({ holdOut: 0.05, policies: [{ name: 'control', share: 1 }] })
    expect(other.get('hold_out')).toEqual(first.get('hold_out'))
    const grown = groups({ ...experiment, holdOut: 0.1 })
    for (const userId of first.get('hold_out')!) expect(grown.get('hold_out')!.has(userId)).toBe(true)
    for (const userId of grown.get('bold')!) expect(first.get('bold')!.has(userId)).toBe(true)
  })
})
