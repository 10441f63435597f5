import { expect, it } from 'vitest'
import { featureLabel } from '../../src/accumulators/accumulator.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'

const features = Object.values(DOMAINS).flatMap(({ accumulators }) => accumulators.flatMap((one) => one.features))

it('calls each feature something short, without names of features or formulas', () => {
  for (const feature of features) {
    const label = featureLabel(feature)
    expect(label, feature.name).toMatch(/^[A-Z][^:;.()]{8,140}$/)
    for (const name of ['_ctr', '_popularity', '_cf_', '_rate', '_7d', '_1d']) expect(label, feature.name).not.toContain(name)
  }
})

it('gives features of one item different labels, also if they are derived from others', () => {
  const derived = features.find(({ name }) => name === 'item_popularity_1d_rank')!
  expect(featureLabel(derived)).toBe('Place among the candidates by interest in the item in the last days')
  expect(featureLabel(features.find(({ name }) => name === 'session_item_cf_mean_ratio')!)).toBe(
    "Mean similarity of the item to the session's latest ten items, compared with the mean of the candidates",
  )
  expect(featureLabel(features.find(({ name }) => name === 'source_trending')!)).toBe(
    'Whether the source trending proposed the item',
  )
})
