import { expect, it } from 'vitest'
import { pageOf } from '../../src/analysis/find-items.ts'

it('a page is found with few comparisons for each item, also if each comes before all that were looked at', () => {
  let reads = 0
  const count = 5000
  const valueAt = (at: number) => at
  const placeAt = (at: number) => ({
    id: String(at).padStart(4, '0'),
    get value() {
      reads++
      return at
    },
  })
  const order = { by: { attribute: 'a' }, direction: 'DESC' } as const
  const limit = 500
  const page = pageOf({ count, valueAt, placeAt }, order, { after: undefined, before: undefined, limit, inverted: false })
  expect(page.map(({ value }) => value)).toEqual(Array.from({ length: limit }, (_, n) => count - 1 - n))
  // Two for each of at most ten comparisons, and some to tell whether the item belongs to the page at all.
  expect(reads).toBeLessThan(30 * count)
})
