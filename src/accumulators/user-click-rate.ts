import { addDecayedCell, decayedCells, mergeDecayedCells } from '../state/decay.ts'
import { tablePart } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { FOLLOWING, NO_IMPRESSIONS, shopClickRate, smoothing } from './decayed-figures.ts'

const HALF_LIFE = 30 * DAY

/** Two decayed sums: impressions, and the clicks that followed from them, at the time of their impression. */
const EXPOSURE = tablePart('exposure', 2, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: HALF_LIFE })

export const userClickRate: Accumulator = {
  name: 'user_click_rate',
  entity: 'USER',
  description: 'Clicks of a user on items shown to the user, per impression. Both are decayed with a half-life of 30 days.',
  roles: ['impression', 'click'],
  expires: 'user',
  parts: [EXPOSURE],
  reduce: ({ user, exposures }) => {
    if (exposures.length === 0) return
    const { sum, epoch } = user.get(EXPOSURE)
    for (const { isClick, at } of exposures) {
      addDecayedCell(sum, epoch, 0, isClick ? 0 : 1, at, HALF_LIFE)
      addDecayedCell(sum, epoch, 1, isClick ? 1 : 0, at, HALF_LIFE)
    }
  },
  merge: (into, from) => mergeDecayedCells(into.get(EXPOSURE), from.get(EXPOSURE)),
  features: [
    {
      name: 'user_ctr_30d',
      entity: 'USER',
      description:
        'Click rate of the user, from clicks and impressions that are decayed with a half-life of 30 days, smoothed towards the rate of the whole shop. ' +
        FOLLOWING,
      unit: 'clicks per impression',
      missing: NO_IMPRESSIONS,
      column: (input) => {
        const { sum, epoch } = input.user.get(EXPOSURE)
        const [impressions = 0, clicks = 0] = decayedCells(sum, epoch, input.user.timeAt(input.now), HALF_LIFE)
        const value = smoothing(shopClickRate(input))(clicks, impressions)
        return () => value
      },
    },
  ],
}
