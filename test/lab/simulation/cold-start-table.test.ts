import { expect, it } from 'vitest'
import { coldStartTable } from '../../../lab/simulation/cold-start-table.ts'

it('an interval over many shops has the width that so few degrees of freedom ask for', () => {
  const gains = { events: 100, popular: 0, unknown: 0, bestForAll: 1, best: 1 }
  const runs = Array.from({ length: 17 }, (_, shop) => ({ seed: shop, gains: [{ ...gains, served: shop / 16 }] }))
  // The standard deviation of 0, 1/16 … 1 is 0.3156, and the quantile of 16 degrees of freedom is 2.1199.
  expect(coldStartTable(runs)[2]).toContain('| 50.0 % ± 16.2 |')
})
