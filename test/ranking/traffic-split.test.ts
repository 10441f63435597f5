import { describe, expect, it } from 'vitest'
import { type Share, shareOf } from '../../src/ranking/traffic-split.ts'

const USERS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`)

function split(traffic: Record<string, number>): (userId: string) => string | undefined {
  const shares: Share<string>[] = Object.entries(traffic).map(([name, share]) => ({ name, traffic: share, of: name }))
  return (userId) => shareOf(userId, shares)
}

function counts(of: (userId: string) => string | undefined): Record<string, number> {
  const found: Record<string, number> = {}
  for (const userId of USERS) found[String(of(userId))] = (found[String(of(userId))] ?? 0) + 1 / USERS.length
  return found
}

describe('the split of users', () => {
  it('gives each share its part of the users', () => {
    const found = counts(split({ old: 0.6, new: 0.1, other: 0.3 }))
    expect(found.old).toBeCloseTo(0.6, 1.5)
    expect(found.new).toBeCloseTo(0.1, 1.5)
    expect(found.other).toBeCloseTo(0.3, 1.5)
  })

  it('is the same in every order, and every time', () => {
    const one = split({ old: 0.6, new: 0.1, other: 0.3 })
    const two = split({ other: 0.3, old: 0.6, new: 0.1 })
    for (const userId of USERS.slice(0, 500)) expect(one(userId)).toBe(two(userId))
  })

  it('moves no user out of a share that grows at the cost of another', () => {
    const [before, after] = [split({ old: 0.9, new: 0.1 }), split({ old: 0.8, new: 0.2 })]
    for (const userId of USERS) if (before(userId) === 'new') expect(after(userId)).toBe('new')
  })

  it('assigns no user to a share of 0', () => {
    expect(counts(split({ old: 1, new: 0 }))).toEqual({ old: expect.closeTo(1) })
    expect(split({ old: 0 })('me')).toBeUndefined()
  })
})
