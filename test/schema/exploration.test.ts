import { expect, it } from 'vitest'
import { REWARD_SUMS, rewardSumsKey } from '../../src/accumulators/reward-model.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { decodeServed } from '../../src/state/slate-codec.ts'
import type { Json } from '../../src/state/user-value.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { exploring } from '../support/exploring.ts'
import { asker } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { RECOMMEND, RECORD, recordedOf, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

/** Shown and rewarded, of all surfaces and inputs that explored slates name. */
async function counts({ store, clock }: OpenedService, sums: string): Promise<[shown: number, rewards: number]> {
  await store.settle()
  const [{ members, scores, epoch }] = await store.readSets([{ entity: rewardSumsKey(sums), set: REWARD_SUMS, limit: 128 }])
  const of = (member: string) => {
    const at = members.indexOf(member)
    return at < 0 ? 0 : Math.round(decayedValue(scores[at], epoch, clock.now(), REWARD_SUMS.halfLife))
  }
  return [of('0*0'), of('r*0')]
}

bothStoresWhenLong((open) => {
  it('an explored item is shown, clicked, and learned from, once, over GraphQL', async () => {
    const domain = exploring({ position: 3, share: 1, randomised: 0 })
    const service = await open({ domain, explores: true, dataDir: null })
    const ask = asker(service)
    const items = Array.from({ length: 12 }, (_, i) => ({ itemId: `i${i}`, attributes: { title: `Item ${i}` } }))
    const upsert = /* GraphQL */ `mutation Upsert($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }`
    expect(await ask(upsert, { input: items })).toEqual({ data: { upsertItems: { accepted: 12 } } })
    const recommend = async (): Promise<SlateAnswer> =>
      slateOf(await ask(RECOMMEND, { input: { userId: 'ann', surface: 'search', first: 4, sessionId: 's1' } }))
    const record = async (event: { [field: string]: Json }) =>
      recordedOf(await ask(RECORD, { input: { userId: 'ann', ...event } }))

    const slate = await recommend()
    const [found, ...more] = slate.items.filter(({ exploration }) => exploration)
    expect(more).toEqual([])
    expect(found).toMatchObject({ position: 3, sources: [{ name: 'exploration' }], reason: { code: 'EXPLORATION' } })
    // Nothing is known yet: each of the eight that the slate does not show anyway is as probable as another.
    expect(found.propensity).toBeCloseTo(1 / 8, 12)
    const { recommendationId } = slate
    const { sums } = decodeServed((await service.store.getSlate(recommendationId))!).explored!.drawn
    const seen = { eventType: 'impression', recommendationId, positions: [1, 2, 3] }
    const click = { eventType: 'click', recommendationId, itemId: found.item.itemId, eventId: 'c1' }

    await record(seen)
    expect(await counts(service, sums)).toEqual([1, 0])
    expect((await record(click)).duplicate).toBe(false)
    expect(await counts(service, sums)).toEqual([1, 1])
    expect((await record(click)).duplicate).toBe(true)
    await record({ ...click, eventId: 'c2' })
    await record({ ...click, eventId: 'c3', eventType: 'purchase' })
    await record(seen)
    expect(await counts(service, sums)).toEqual([1, 1])

    // A click on an item that was not explored tells the slot nothing.
    await record({ ...click, eventId: 'c4', itemId: slate.items[0].item.itemId })
    expect(await counts(service, sums)).toEqual([1, 1])
  })
})
