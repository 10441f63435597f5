import { addDecayedCell, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { tablePart } from '../state/user-value-part.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { shopClickRate } from './decayed-figures.ts'
import { smoothing } from './smoothed-rate.ts'
import { impressionTime } from './user-item.ts'

const HALF_LIFE = 30 * DAY

/** Two decayed sums: impressions, and clicks at the time of their impression. */
const EXPOSURE = tablePart('exposure', 1, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE })

export const userClickRate: Accumulator = {
  name: 'user_click_rate',
  entity: 'USER',
  description: 'Clicks of a user over items shown to the user, decayed with a half-life of 30 days.',
  roles: ['impression', 'click'],
  expires: 'user',
  parts: [EXPOSURE],
  reduce: ({ meaning, facts, user, time }) => {
    if (meaning.role !== 'impression' && meaning.role !== 'click') return
    const { sum, epoch } = user.get(EXPOSURE)
    for (const { itemId } of facts.items) {
      const click = meaning.role === 'click'
      addDecayedCell(sum, epoch, 0, click ? 0 : 1, time, HALF_LIFE)
      addDecayedCell(sum, epoch, 1, click ? 1 : 0, click ? impressionTime(user, itemId, time) : time, HALF_LIFE)
    }
  },
  merge: (into, from) => mergeDecayedCells(into.get(EXPOSURE), from.get(EXPOSURE)),
  features: [
    {
      name: 'user_ctr_30d',
      entity: 'USER',
      description:
        'Click rate of the user, from clicks and impressions that are decayed with a half-life of 30 days, smoothed towards the rate of the whole shop',
      unit: 'clicks per impression',
      missing: 'while the shop has no impressions at all',
      column: (input) => {
        const { sum, epoch } = input.user.get(EXPOSURE)
        const [impressions = 0, clicks = 0] = decayedCells(sum, epoch, input.user.timeAt(input.now), HALF_LIFE)
        const value = smoothing(shopClickRate(input))(clicks, impressions)
        return () => value
      },
    },
  ],
}
