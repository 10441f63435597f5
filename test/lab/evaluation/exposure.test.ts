import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateImpressions } from '../../../lab/evaluation/evaluate-impressions.ts'
import { ExposureByValue, LEAST_USERS } from '../../../lab/evaluation/exposure.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { NO_GIVEN_ORDER } from '../../../lab/learning/given-order.ts'
import type { FeatureInput } from '../../../src/accumulators/feature-input.ts'
import { defineDomain } from '../../../src/domain/define-domain.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'

const domain = defineDomain({
  name: 'protecting',
  extends: 'e-commerce',
  userAttributes: {
    sex: { type: 'key', protected: true },
    age: { type: 'number', bands: [30], protected: true },
    origin: { type: 'key', protected: true },
    city: 'key',
  },
  contextAttributes: { minor: { type: 'flag', protected: true } },
  protectedAttributes: { use: ['sex', 'age', 'minor'] },
})

/** As far as it is read. */
const input = (attributes: object, context: object = {}) => ({ user: { attributes }, context }) as unknown as FeatureInput

describe('exposure by protected attributes', () => {
  it('has the shares of users and of positions for each value of a protected attribute that the domain uses', () => {
    const exposure = new ExposureByValue(domain)
    for (let user = 0; user < 100; user++) {
      const sex = user < 60 ? 'f' : 'm'
      exposure.add(user, 10, input({ sex, age: user < 75 ? 20 : 40, city: 'Graz', origin: 'at' }, { minor: user < 50 }))
      // Women come back, and are shown more.
      if (sex === 'f') exposure.add(user, 10, input({ sex, age: user < 75 ? 20 : 40 }))
    }
    const rows = exposure.rows()
    expect(new Set(rows.map(({ attribute }) => attribute))).toEqual(new Set(['user.sex', 'user.age', 'context.minor']))
    expect(rows.filter(({ attribute }) => attribute === 'user.sex')).toEqual([
      { attribute: 'user.sex', value: 'f', users: 60, shareOfUsers: 0.6, shareOfPositions: 0.75 },
      { attribute: 'user.sex', value: 'm', users: 40, shareOfUsers: 0.4, shareOfPositions: 0.25 },
    ])
    expect(rows.filter(({ attribute }) => attribute === 'user.age').map(({ value, users }) => [value, users])).toEqual([
      ['below 30', 75],
      ['at least 30', 25],
    ])
    expect(rows.filter(({ attribute }) => attribute === 'context.minor').map(({ value, users }) => [value, users])).toEqual([
      ['no value', 60],
      ['true', 50],
      ['false', 50],
    ])
  })

  it('is part of the report on impressions', async () => {
    const events = Array.from({ length: 80 }, (_, n) => {
      const minor = n % 2 === 0
      // Minors are shown two items, the others one.
      const shown = minor || n >= 75 ? ['a', 'b'] : ['a']
      const common = { userId: `u${n}`, sessionId: `s${n}`, timestamp: Date.UTC(2024, 5, 3) + n * HOUR }
      const eventAttributes = { split: n < 20 ? 'train' : 'test', slate: `s${n}`, minor }
      return [
        ...shown.map((itemId, i) => ({ ...common, eventId: `${n}-${i}`, itemId, eventType: 'impression', eventAttributes })),
        { ...common, eventId: `${n}-9`, itemId: 'a', eventType: 'click', eventAttributes },
      ]
    }).flat()
    const data = loggedFolder(events)
    const { exposure } = await evaluateImpressions({
      ...{ data, domain, period: await findTestPeriod(data, 0.75), window: DAY, givenOrder: NO_GIVEN_ORDER },
      ...{ systems: [{ method: 'rule', ranker: undefined, what: 'rule' }], shareOfUsers: 1, seed: 1 },
      ...{ problems: noProblems(), onProgress: () => {} },
    })
    // Of 60 test users, two of the last five are minors anyway, and three others see two items.
    expect(exposure.filter(({ attribute }) => attribute === 'context.minor')).toEqual([
      { attribute: 'context.minor', value: 'true', users: 30, shareOfUsers: 0.5, shareOfPositions: 60 / 93 },
      { attribute: 'context.minor', value: 'false', users: 30, shareOfUsers: 0.5, shareOfPositions: 33 / 93 },
    ])
    expect(exposure).toContainEqual(expect.objectContaining({ attribute: 'user.sex', value: 'no value', users: 60 }))
  })

  it('is empty if the domain uses no protected attribute', () => {
    const exposure = new ExposureByValue(defineDomain({ name: 'plain', extends: 'e-commerce', userAttributes: { city: 'key' } }))
    exposure.add(1, 5, input({ city: 'Graz' }))
    expect(exposure.rows()).toEqual([])
  })

  it('says nothing about fewer than 20 users, not even by subtraction', () => {
    const values = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(values, (sizes) => {
        const exposure = new ExposureByValue(domain)
        let user = 0
        for (const [value, size] of sizes.entries())
          for (let n = 0; n < size; n++) exposure.add(user++, 4, input({ sex: `v${value}`, age: 20 }, { minor: true }))
        const rows = exposure.rows().filter(({ attribute }) => attribute === 'user.sex')
        for (const { users } of rows) expect(users).toBeGreaterThanOrEqual(LEAST_USERS)
        const told = rows.reduce((sum, { users }) => sum + users, 0)
        // Either all users are told of, or none.
        expect([0, user]).toContain(told)
        if (user >= LEAST_USERS) expect(told).toBe(user)
      }),
    )
  })
})
