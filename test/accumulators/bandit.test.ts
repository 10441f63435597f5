import { describe, expect, it } from 'vitest'
import { INPUT_STEPS } from '../../src/accumulators/policy-outcomes.ts'
import { REWARD_SUMS, rewardModel, rewardSumsKey } from '../../src/accumulators/reward-model.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { Shop } from '../support/features.ts'

const SUMS = 'home#1'

class Bandit {
  readonly shop: Shop
  #slates = 0

  constructor(shop: Shop) {
    this.shop = shop
  }

  /** Puts a slate in place that explores i2, and names it. */
  async slate({ decision = 1, inputs = [0, INPUT_STEPS / 2], userId = 'ann' } = {}): Promise<string> {
    const { store, clock } = this.shop.service
    const recommendationId = `00-${++this.#slates}`
    const explored = { itemId: 'i2', decision, decided: clock.now(), sums: SUMS, inputs, best: 0.1, weight: 0 }
    const slate = { userId, surface: 'home', items: [{ itemId: 'i1' }, { itemId: 'i2' }], explored }
    await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
    return recommendationId
  }

  async show(recommendationId: string, positions = [1, 2], userId = 'ann'): Promise<void> {
    await this.shop.record({ eventType: 'impression', recommendationId, positions, userId })
  }

  async act(recommendationId: string, eventType = 'click', itemId = 'i2', userId = 'ann'): Promise<void> {
    await this.shop.record({ eventType, recommendationId, itemId, userId })
  }

  async sums(): Promise<Record<string, number>> {
    const { store, clock } = this.shop.service
    await store.settle()
    const [{ members, scores, epoch }] = await store.readSets([{ entity: rewardSumsKey(SUMS), set: REWARD_SUMS, limit: 128 }])
    const now = clock.now()
    return Object.fromEntries(
      members.map((member, i) => [member, Number(decayedValue(scores[i], epoch, now, REWARD_SUMS.halfLife).toFixed(6))]),
    )
  }

  async counts(): Promise<{ shown: number; rewards: number }> {
    const { '0*0': shown = 0, 'r*0': rewards = 0 } = await this.sums()
    return { shown, rewards }
  }
}

const open = async () => new Bandit(await Shop.open())

describe('the sums of exploration slots', () => {
  it('add products of the inputs at the impression, and the inputs at the reward', async () => {
    const bandit = await open()
    const slate = await bandit.slate()
    await bandit.show(slate)
    const shown = { '0*0': 1, '0*1': 0, '0*2': 0.5, '1*1': 0, '1*2': 0, '2*2': 0.25 }
    expect(await bandit.sums()).toEqual(shown)
    await bandit.act(slate)
    expect(await bandit.sums()).toEqual({ ...shown, 'r*0': 1, 'r*1': 0, 'r*2': 0.5 })
  })

  it('count only items that became visible, and only the item of the slot', async () => {
    const bandit = await open()
    const slate = await bandit.slate()
    await bandit.show(slate, [1])
    await bandit.act(slate, 'click', 'i1')
    await bandit.act(slate, 'view')
    await bandit.shop.record({ eventType: 'click', itemId: 'i2' })
    expect(await bandit.counts()).toEqual({ shown: 0, rewards: 0 })
  })

  it('count a decision once, and its reward once, whatever is shown and sent again', async () => {
    const bandit = await open()
    const first = await bandit.slate()
    await bandit.show(first)
    await bandit.show(first)
    // Made anew within the hour: the same draw.
    const second = await bandit.slate()
    await bandit.show(second)
    for (const slate of [second, first, first]) await bandit.act(slate)
    await bandit.act(first, 'purchase')
    expect(await bandit.counts()).toEqual({ shown: 1, rewards: 1 })
    const other = await bandit.slate({ decision: 2 })
    await bandit.show(other)
    await bandit.act(other, 'add_to_cart')
    expect(await bandit.counts()).toEqual({ shown: 2, rewards: 2 })
  })

  it('count a reward that comes before its impression, and count each of the two only once', async () => {
    const bandit = await open()
    const slate = await bandit.slate()
    await bandit.act(slate)
    await bandit.show(slate)
    await bandit.act(slate)
    expect(await bandit.counts()).toEqual({ shown: 1, rewards: 1 })
  })

  it('let a reward decay from its impression, however late it comes', async () => {
    const bandit = await open()
    const slate = await bandit.slate()
    await bandit.show(slate)
    bandit.shop.clock.advance(20 * HOUR)
    await bandit.act(slate)
    const { '0*0': shown, 'r*0': rewards } = await bandit.sums()
    expect(rewards).toBe(shown)
    expect(shown).toBeCloseTo(2 ** (-20 / 24 / 30), 5)
  })

  it('hold sixteen decisions of a user, and count no dropped decision a second time', async () => {
    const bandit = await open()
    const slates: string[] = []
    for (let decision = 1; decision <= 20; decision++) {
      bandit.shop.clock.advance(MINUTE)
      slates.push(await bandit.slate({ decision }))
      await bandit.show(slates[decision - 1])
    }
    for (const slate of slates) await bandit.act(slate)
    for (const slate of slates) await bandit.show(slate)
    const { '0*0': shown, 'r*0': rewards } = await bandit.sums()
    expect([Math.round(shown), Math.round(rewards)]).toEqual([20, 16])
  })

  it('count a slot once that two ids of one person saw, and its reward under the id that stays', async () => {
    const bandit = await open()
    const { people } = bandit.shop.service
    const anonymous = await bandit.slate({ decision: 7, userId: 'anonymous' })
    const known = await bandit.slate({ decision: 8 })
    await bandit.show(anonymous, [2], 'anonymous')
    await bandit.show(known)
    await people.merge('anonymous', 'ann')
    await bandit.act(anonymous, 'click', 'i2', 'ann')
    await bandit.act(anonymous, 'click', 'i2', 'anonymous')
    expect(await bandit.counts()).toEqual({ shown: 2, rewards: 1 })
    await bandit.act(known)
    expect(await bandit.counts()).toEqual({ shown: 2, rewards: 2 })
  })

  it('count no reward for a slate of another user', async () => {
    const bandit = await open()
    const slate = await bandit.slate()
    await bandit.show(slate, [1, 2], 'eve')
    await bandit.act(slate, 'click', 'i2', 'eve')
    expect(await bandit.counts()).toEqual({ shown: 0, rewards: 0 })
  })
})

describe('the reward model', () => {
  it('finds out on which inputs rewards depend', async () => {
    const bandit = await open()
    let seen = 0
    // Rewarded in 0.2 + 0.6 x of the decisions, x being 0, 0.5 and 1 in turn.
    for (let decision = 1; decision <= 300; decision++) {
      bandit.shop.clock.advance(1)
      const x = (decision % 3) / 2
      const slate = await bandit.slate({ decision, inputs: [x * INPUT_STEPS] })
      await bandit.show(slate)
      const round = Math.floor(decision / 3) % 10
      if (round < 10 * (0.2 + 0.6 * x)) {
        await bandit.act(slate)
        seen++
      }
    }
    const { store, clock } = bandit.shop.service
    const [view] = await store.readSets([{ entity: rewardSumsKey(SUMS), set: REWARD_SUMS, limit: 128 }])
    const model = rewardModel(view, 1, clock.now())
    for (const x of [0, 0.5, 1]) expect(model.estimate([x])).toBeCloseTo(0.2 + 0.6 * x, 1)
    expect(model.meanReward).toBeCloseTo(seen / 300, 1)
  })

  it('knows nothing at first', () => {
    const model = rewardModel({ epoch: 0, latest: 0, members: [], scores: new Float64Array() }, 3, DAY)
    expect(model.estimate([1, 0.5, 0])).toBe(0)
    expect(model.meanReward).toBe(0.05)
  })
})
