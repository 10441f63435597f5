import { expect, it } from 'vitest'
import type { Domain } from '../../src/domain/domain.ts'
import { assignedPolicy } from '../../src/domain/experiment.ts'
import { DAY } from '../../src/time-units.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { type Open, openOn, UNLIMITED } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const domain: Domain = {
  ...UNLIMITED,
  experiment: {
    holdOut: 0.2,
    policies: [
      { name: 'control', share: 1 },
      { name: 'no_top', share: 1, rules: { exclude: ['a'] } },
      { name: 'absent_model', share: 1, model: 'nobody' },
    ],
  },
}

const REPORT = /* GraphQL */ `
  query ($since: DateTime, $until: DateTime, $surface: String) {
    policyReport(since: $since, until: $until, surface: $surface) {
      policy { name share } users slates impressions clicks conversions sampleRatioP
      clickRate { value low high effectiveSamples }
      conversionRate { value low high }
      valuePerSlate { value low high }
      clickRateDifference { value low high }
      offPolicy { value low high effectiveSamples }
    }
  }
`

interface Estimated {
  value: number
  low: number
  high: number
}

interface Row {
  policy: { name: string; share: number | null }
  users: number
  slates: number
  impressions: number
  clicks: number
  conversions: number
  sampleRatioP: number
  clickRate: Estimated | null
  conversionRate: Estimated | null
  valuePerSlate: Estimated | null
  clickRateDifference: Estimated | null
  offPolicy: Estimated | null
}

/** Users of a policy. */
function usersOf(policy: string, count: number): string[] {
  const found: string[] = []
  for (let n = 0; found.length < count; n++) if (assignedPolicy(`u${n}`, domain.experiment).name === policy) found.push(`u${n}`)
  return found
}

async function openShop(open: Open) {
  const service = await open({ domain })
  for (const itemId of ['c', 'b', 'a']) await service.uploads.upsertItems([{ itemId, attributes: { price: 10 } }])
  for (const [i, itemId] of ['a', 'a', 'a', 'b', 'b', 'c'].entries())
    await service.ingest.record([{ userId: `other${i}`, itemId, eventType: 'view' }])
  await service.store.settle()
  const slate = (userId: string) => service.recommender.recommend({ ...REQUEST, rules: {}, userId, surface: 'home' }, 'INITIAL')
  const record = async (userId: string, recommendationId: string, eventType: string, more: object = {}) => {
    const [{ status }] = await service.ingest.record([{ userId, eventType, recommendationId, ...more }])
    expect(status).toBe('RECORDED')
  }
  const report = async (variables: Record<string, unknown> = {}): Promise<Row[]> => {
    await service.store.settle()
    const answer = await asker(service)(REPORT, variables)
    expect(answer.errors).toBeUndefined()
    return answer.data?.policyReport as Row[]
  }
  return { service, slate, record, report }
}

bothStoresWhenLong((open) => {
  it('each user gets slates by their policy, and slates name it', async () => {
    const { slate } = await openShop(open)
    const [control] = usersOf('control', 1)
    expect(await slate(control)).toMatchObject({ policy: 'control', items: [{ itemId: 'a' }, { itemId: 'b' }, { itemId: 'c' }] })
    const [noTop] = usersOf('no_top', 1)
    expect(await slate(noTop)).toMatchObject({ policy: 'no_top', items: [{ itemId: 'b' }, { itemId: 'c' }] })
    const [lost] = usersOf('absent_model', 1)
    expect((await slate(lost)).warnings).toMatchObject([{ code: 'MODEL_NOT_LOADED', message: /ranks by the model nobody/ }])
  })

  it('users in the hold-out get the top list, whatever they did', async () => {
    const { service, slate } = await openShop(open)
    const [held] = usersOf('hold_out', 1)
    const [control] = usersOf('control', 1)
    for (const userId of [held, control]) await service.ingest.record([{ userId, itemId: 'c', eventType: 'view' }])
    await service.store.settle()
    const sources = async (userId: string) =>
      new Set((await slate(userId)).items.flatMap((item) => item.sources.map(({ name }) => name)))
    expect(await sources(held)).toEqual(new Set(['trending']))
    expect((await sources(control)).has('recent')).toBe(true)
  })

  it('the report estimates from draws what the highest estimate would have brought, and counts each decision once', async () => {
    const { service, record, report } = await openShop(open)
    const { store, clock } = service
    const users = usersOf('control', 30)
    for (const [n, userId] of users.entries()) {
      // Two in three were drawn with the highest estimate, with a probability of a half; of these every second brings a reward.
      const isBest = n % 3 < 2
      const explored = {
        itemId: 'a',
        decision: n,
        decided: clock.now(),
        sums: 'home#1',
        inputs: [],
        best: 0.1,
        weight: isBest ? 2 : 0,
      }
      for (const time of ['first', 'again']) {
        const recommendationId = `00-${n}-${time}`
        const slate = { userId, surface: 'home', policy: 'control', items: [{ itemId: 'a' }], explored }
        await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
        await record(userId, recommendationId, 'impression', { positions: [1] })
        if (n % 3 === 0) await record(userId, recommendationId, 'click', { itemId: 'a' })
      }
    }
    const [control, noTop] = await report()
    // By hand: ten of 0.1 + 2 (1 − 0.1), ten of 0.1 + 2 (0 − 0.1), and ten of 0.1.
    expect(control.offPolicy!.value).toBeCloseTo((10 * 1.9 + 10 * -0.1 + 10 * 0.1) / 30, 9)
    expect(control.offPolicy!.low).toBeLessThan(0.6)
    expect(noTop.offPolicy).toBeNull()
  })

  it('an outcome of a slate counts for its policy, once per slate and user, on its surface and day', async () => {
    const { service, slate, record, report } = await openShop(open)
    const users = usersOf('control', 40)
    for (const [n, userId] of users.entries()) {
      const { recommendationId } = await slate(userId)
      await record(userId, recommendationId, 'impression', { positions: [1, 2] })
      await record(userId, recommendationId, 'impression', { positions: [3] })
      if (n % 4 === 0) await record(userId, recommendationId, 'click', { itemId: 'a' })
      if (n % 8 === 0) await record(userId, recommendationId, 'purchase', { itemId: 'a', eventAttributes: { quantity: 2 } })
    }
    // Names no slate: it is nobody's.
    await service.ingest.record([{ userId: users[0], itemId: 'a', eventType: 'click' }])
    const [control, ...others] = await report()
    expect(control).toMatchObject({
      policy: { name: 'control' },
      users: 40,
      slates: 40,
      impressions: 120,
      clicks: 10,
      conversions: 5,
    })
    expect(control.clickRate!.value).toBeCloseTo(10 / 120, 12)
    expect(control.clickRate!.low).toBeLessThan(10 / 120)
    // Rates cannot be negative, and only conversions can be more than one.
    expect(control.conversionRate).toMatchObject({ value: 5 / 40, low: 0 })
    for (const { low, high } of [control.clickRate!, control.conversionRate!]) {
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeGreaterThan(low)
    }
    expect(control.clickRate!.high).toBeLessThanOrEqual(1)
    expect(control.valuePerSlate!.value).toBeCloseTo(100 / 40, 12)
    expect(others.map(({ policy, slates, clickRate }) => [policy.name, slates, clickRate])).toEqual([
      ['no_top', 0, null],
      ['absent_model', 0, null],
      ['hold_out', 0, null],
    ])
    // Forty of one policy and none of the others.
    expect(control.sampleRatioP).toBeLessThan(0.001)
    expect((await report({ surface: 'home' }))[0].clicks).toBe(10)
    expect((await report({ surface: 'cart' }))[0].clicks).toBe(0)
    const tomorrow = new Date(service.clock.now() + DAY).toISOString()
    service.clock.advance(2 * DAY)
    expect((await report())[0].clicks).toBe(10)
    expect((await report({ since: tomorrow }))[0].clicks).toBe(0)
    const ask = asker(service)
    const backwards = await ask(REPORT, { since: tomorrow, until: new Date(service.clock.now() - 9 * DAY).toISOString() })
    expect(backwards.errors?.[0]).toMatchObject({ message: /until is before since/, extensions: { code: 'BAD_USER_INPUT' } })
    const tooOld = await ask(REPORT, { since: '2020-01-01T00:00:00Z' })
    expect(tooOld.errors?.[0].message).toMatch(/stored for 90 days: pass 20.* or a later date as since/)
  })
})

it('a report without since covers two weeks if the domain keeps outcomes for two weeks', async () => {
  const service = await openOn(undefined, { domain: { ...domain, expiry: { ...domain.expiry, item: 14 * DAY } } })
  const { data, errors } = await asker(service)(REPORT, {})
  expect(errors).toBeUndefined()
  expect(data?.policyReport).toHaveLength(4)
})
