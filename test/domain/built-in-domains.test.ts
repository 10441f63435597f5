import { expect, it } from 'vitest'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import type { Domain } from '../../src/domain/domain.ts'

/** What a domain says, without functions and texts: all on which a store, a log or a model depends. */
function facts({ accumulators, sources, surfaceSources = {}, ...rest }: Domain) {
  const quotas = (list: Domain['sources']) => list.map(({ name, quota, budgetMs }) => ({ name, quota, budgetMs }))
  const { features, layout } = new AccumulatorSet(accumulators)
  return {
    ...rest,
    accumulators: accumulators.map(({ name, roles, expires, attributes, parts = [] }) => {
      return [name, roles.join(' '), expires, attributes, parts.map(({ name }) => name).join(' ')]
    }),
    slots: layout.names,
    features: Array.from(features.values(), ({ name, entity, monotone, column, breakdown, ofValues }) => {
      const read = column ? 'column' : breakdown ? 'breakdown' : 'none'
      return [name, entity, monotone, read, ofValues?.attribute].filter((fact) => fact !== undefined).join(' | ')
    }),
    sources: quotas(sources),
    surfaceSources: Object.fromEntries(Object.entries(surfaceSources).map(([surface, list]) => [surface, quotas(list)])),
  }
}

it.each(Object.entries(DOMAINS))(
  '%s resolves to the recorded values, on which stores, logs and models depend',
  async (name, domain) => {
    // The order of keys counts too: event types, features and inputs are numbered by it.
    await expect(`${JSON.stringify(facts(domain), undefined, 1)}\n`).toMatchFileSnapshot(`built-in-domains/${name}.json`)
  },
)
