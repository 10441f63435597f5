import { describe, expect, it } from 'vitest'
import { attributeRates } from '../../src/accumulators/attribute-rates.ts'
import { trending } from '../../src/accumulators/item-activity.ts'
import { itemNumber, userPrice } from '../../src/accumulators/prices.ts'
import { embeddingSource } from '../../src/candidates/similar-items.ts'
import { trendingSource } from '../../src/candidates/trending.ts'
import { favouritesSource } from '../../src/candidates/users-items.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { checkDomain } from '../../src/domain/check-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { eCommerce as shop } from '../../src/domain/e-commerce.ts'
import type { Exploration, SurfaceExploration } from '../../src/domain/experiment.ts'
import type { LiverankError } from '../../src/errors.ts'
import { recordPart } from '../../src/state/user-value.ts'
import { openOn } from '../support/service.ts'

/** Without what names surfaces and features of the others. */
const { exploration, ...eCommerce } = shop

/** What a start with this domain is told, line by line. */
function problems(domain: Domain): string[] {
  try {
    checkDomain(domain)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIGURATION' })
    const [first, ...rest] = (error as LiverankError).message.split('\n')
    expect(first).toBe(`The domain ${domain.name} is not usable.`)
    return rest.map((line) => line.trim())
  }
  return []
}

const withEvent = (type: string, change: Partial<Domain['eventTypes'][string]>): Domain => ({
  ...eCommerce,
  eventTypes: { ...eCommerce.eventTypes, [type]: { ...eCommerce.eventTypes[type], ...change } },
})
const withAttributes = (attributes: Domain['attributes']): Domain => ({
  ...eCommerce,
  attributes: { ...eCommerce.attributes, ...attributes },
})
const without = (name: string): Domain => ({
  ...eCommerce,
  accumulators: eCommerce.accumulators.filter((accumulator) => accumulator.name !== name),
})

/** Beside it stands user_price, whose part has another name. */
const { merge: _, ...mergeless } = userPrice('price')
const UNMERGED = { ...mergeless, name: 'unmerged', parts: [recordPart('unmerged', 1, { events: 'count' })], features: [] }

function withoutKey(key: 'embedding'): Domain {
  const { [key]: _, ...rest } = eCommerce
  return rest
}

const exploring = (change: Partial<Exploration>): Domain => ({ ...eCommerce, exploration: { ...exploration!, ...change } })
const home = (change: Partial<SurfaceExploration>): Domain =>
  exploring({ surfaces: { home: { position: 5, share: 0.1, randomised: 0, ...change } } })
const coec = { feature: 'item_coec_7d', from: 0, to: 4, missing: 1 }

describe('a domain', () => {
  it.each(Object.entries(DOMAINS))('that comes with the package is usable: %s', (name, domain) => {
    expect(domain.name).toBe(name)
    expect(problems(domain)).toEqual([])
  })

  it.each<[string, Partial<Domain['experiment']>, string]>([
    ['a hold-out of most users', { holdOut: 0.6 }, 'experiment.holdOut: 0.6 is not allowed'],
    ['no policy', { policies: [] }, 'experiment.policies: empty'],
    [
      'a policy by the name of the hold-out',
      { policies: [{ name: 'hold_out', share: 1 }] },
      'experiment.policies.hold_out: the name is reserved',
    ],
    ['a policy without users', { policies: [{ name: 'one', share: 0 }] }, 'experiment.policies.one.share: 0 is not allowed'],
    [
      'two policies of one name',
      {
        policies: [
          { name: 'one', share: 1 },
          { name: 'one', share: 1 },
        ],
      },
      'experiment.policies.one: two policies',
    ],
    [
      'a policy with a source that is not there',
      { policies: [{ name: 'one', share: 1, sources: ['tea_leaves'] }] },
      'experiment.policies.one.sources: the domain has no source tea_leaves',
    ],
    [
      'a policy with rules that cannot be meant',
      { policies: [{ name: 'one', share: 1, rules: { diversity: 2 } }] },
      'experiment.policies.one.rules.diversity',
    ],
  ])('is refused with %s', (_, change, problem) => {
    const [found, ...others] = problems({ ...eCommerce, experiment: { ...eCommerce.experiment, ...change } })
    expect(found).toContain(problem)
    expect(others).toEqual([])
  })

  it.each<[string, Domain, string]>([
    ['a weight that is no number', withEvent('view', { weight: Number.NaN }), 'eventTypes.view.weight: NaN is not allowed'],
    [
      'a weight without end',
      withEvent('view', { weight: Number.POSITIVE_INFINITY }),
      'eventTypes.view.weight: Infinity is not allowed',
    ],
    ['a weight below 0', withEvent('view', { weight: -1 }), 'eventTypes.view.weight: -1 is not allowed'],
    ['an impression of weight', withEvent('impression', { weight: 1 }), 'eventTypes.impression.weight: an impression shows'],
    [
      'an impression that is a goal',
      withEvent('impression', { goal: true }),
      'eventTypes.impression.goal: an impression cannot be a goal',
    ],
    [
      'an impression that triggers',
      withEvent('impression', { triggers: true }),
      'eventTypes.impression.triggers: an impression must not',
    ],
    ['an attribute that nothing uses', withAttributes({ colour: 'key' }), 'attributes.colour: no accumulator uses this key'],
    [
      'an attribute whose name is taken',
      { ...withAttributes({ surface: 'key' }), accumulators: [...eCommerce.accumulators, attributeRates('surface')] },
      'attributes.surface: the name is reserved',
    ],
    [
      'an attribute that cannot be part of a name',
      { ...withAttributes({ 'Main colour': 'key' }), accumulators: [...eCommerce.accumulators, attributeRates('Main colour')] },
      'attributes.Main colour: the name becomes part of feature names',
    ],
    [
      'an accumulator with an attribute that is not declared',
      { ...eCommerce, accumulators: [...eCommerce.accumulators, attributeRates('colour')] },
      'accumulators.colour_rates: it reads the attribute colour, which is not declared. Add colour: key to attributes.',
    ],
    [
      'an accumulator with an attribute of another kind',
      { ...withAttributes({ size: 'key' }), accumulators: [...eCommerce.accumulators, userPrice('size')] },
      'accumulators.user_size: it reads size as a number, but attributes.size is key. Use the same kind in both.',
    ],
    ['a surface that is named twice', { ...eCommerce, surfaces: [...eCommerce.surfaces, 'home'] }, 'surfaces.home: named twice.'],
    [
      'a surface that cannot be part of a name',
      { ...eCommerce, surfaces: [...eCommerce.surfaces, 'Start page'] },
      'surfaces.Start page: the name becomes part of feature names',
    ],
    ['an expiry of nothing', { ...eCommerce, expiry: { ...eCommerce.expiry, pair: 0 } }, 'expiry.pair: 0 ms is not allowed'],
    [
      'a limit that lets nothing count',
      { ...eCommerce, limits: { ...eCommerce.limits, eventsPerMinute: 0 } },
      'limits.eventsPerMinute: 0 is not allowed',
    ],
    [
      'a limit that lets no event of a type count',
      withEvent('view', { weight: 30.5 }),
      'limits.weightPerItemAndDay: 30 is less than the weight of view, 30.5',
    ],
    ['a diversity above 1', { ...eCommerce, diversity: 1.5 }, 'diversity: 1.5 is not allowed'],
    ['a lateness that is no number', { ...eCommerce, lateness: Number.NaN }, 'lateness: NaN ms is not allowed'],
    [
      'two sources of one name',
      { ...eCommerce, sources: [...eCommerce.sources, trendingSource(5)] },
      'sources.trending: two sources have this name',
    ],
    ['a source without a quota', { ...eCommerce, sources: [trendingSource(0)] }, 'sources.trending.quota: 0 is not allowed'],
    [
      'sources of a surface that it does not have',
      { ...eCommerce, surfaceSources: { checkout: eCommerce.sources } },
      'surfaces.checkout.sources: there is no such surface',
    ],
    [
      'two sources of one name on a surface',
      { ...eCommerce, surfaceSources: { cart: [trendingSource(5), trendingSource(6)] } },
      'surfaces.cart.sources.trending: two sources have this name',
    ],
    [
      'a source without time',
      { ...eCommerce, sources: [{ ...trendingSource(5), budgetMs: 0 }] },
      'sources.trending.budgetMs: 0 is not allowed',
    ],
    [
      'a source whose standing no feature tells',
      { ...eCommerce, sources: [{ ...trendingSource(5), name: 'weather' }] },
      'sources.weather: the accumulator source_standing does not know',
    ],
    [
      'a source on an attribute that is not declared',
      { ...eCommerce, sources: [favouritesSource(40, ['chef'])] },
      'sources.favourites: it reads the attribute chef, which is not declared. Add chef: key to attributes.',
    ],
    [
      'a source on a number',
      { ...eCommerce, sources: [favouritesSource(40, ['price'])] },
      'sources.favourites: it reads price as a key, but attributes.price is number',
    ],
    [
      'a source without its accumulator',
      { ...without('chosen_together'), surfaceSources: {} },
      'sources.chosen_together: it reads the accumulator chosen_together, which the domain lacks',
    ],
    [
      'a source whose accumulator counts by other attributes',
      {
        ...eCommerce,
        accumulators: eCommerce.accumulators.map((one) => (one.name === 'trending' ? trending('category') : one)),
        sources: [favouritesSource(40, ['brand'])],
        surfaceSources: {},
      },
      'sources.favourites: the accumulator trending does not count by brand',
    ],
    [
      'a source that compares vectors, which it does not have',
      { ...withoutKey('embedding'), sources: [embeddingSource(20)], surfaceSources: {} },
      'sources.embedding: it compares items by their vectors, but embedding is not set',
    ],
    [
      'an accumulator twice',
      { ...eCommerce, accumulators: [...eCommerce.accumulators, { ...itemNumber('price'), features: [] }] },
      'accumulators.item_price: two accumulators have this name',
    ],
    [
      'a feature twice',
      { ...eCommerce, accumulators: [...eCommerce.accumulators, { ...itemNumber('price'), name: 'own' }] },
      'accumulators: two features are named item_price',
    ],
    [
      'an accumulator that cannot merge two users',
      { ...eCommerce, accumulators: [...eCommerce.accumulators, UNMERGED] },
      "accumulators.unmerged: it has parts of a user's value, but no merge",
    ],
    ['a single arm', exploring({ arms: 1 }), 'exploration.arms: 1 is not allowed'],
    ['more arms than are read', exploring({ arms: 41 }), 'exploration.arms: 41 is not allowed'],
    ['a gamma of nothing', exploring({ gamma: 0 }), 'exploration.gamma: 0 is not allowed'],
    ['a gamma without end', exploring({ gamma: Number.POSITIVE_INFINITY }), 'exploration.gamma: Infinity is not allowed'],
    ['items that are known from the start', exploring({ knownAfterClicks: 0 }), 'exploration.knownAfterClicks: 0 is not allowed'],
    ['a share above 1', home({ share: 1.1 }), 'surfaces.home.exploration.share: 1.1 is not allowed'],
    ['a share that is no number', home({ share: Number.NaN }), 'surfaces.home.exploration.share: NaN is not allowed'],
    ['a share below 0', home({ randomised: -0.1 }), 'surfaces.home.exploration.randomised: -0.1 is not allowed'],
    ['a slot above the top', home({ position: 0 }), 'surfaces.home.exploration.position: 0 is not allowed'],
    ['a slot between two', home({ position: 1.5 }), 'surfaces.home.exploration.position: 1.5 is not allowed'],
    [
      'a slot below every slate',
      exploring({ elsewhere: { position: 101, share: 0, randomised: 0 } }),
      'exploration.elsewhere.position: 101',
    ],
    [
      'exploration of a surface that is not declared',
      exploring({ surfaces: { hme: { position: 5, share: 0, randomised: 0 } } }),
      'surfaces.hme.exploration: there is no such surface',
    ],
    [
      'an input that no accumulator has',
      exploring({ inputs: [{ ...coec, feature: 'item_ceoc' }] }),
      'exploration.inputs.item_ceoc: no accumulator has a feature of this name',
    ],
    [
      'an input that is a breakdown',
      exploring({ inputs: [{ ...coec, feature: 'user_category_share' }] }),
      'exploration.inputs.user_category_share: no accumulator has a feature of this name',
    ],
    ['an input without a range', exploring({ inputs: [{ ...coec, to: 0 }] }), 'exploration.inputs.item_coec_7d: from 0 to 0'],
    ['an input that is named twice', exploring({ inputs: [coec, coec] }), 'exploration.inputs.item_coec_7d: named twice'],
    [
      'exploration that nothing learns from',
      { ...without('bandit'), ...(exploration && { exploration }) },
      'accumulators.bandit: missing. Exploration learns from it',
    ],
    [
      'a fading on a surface that it does not have',
      { ...eCommerce, surfaceFading: { checkout: { factor: 0.5, halfLife: 1 } } },
      'surfaces.checkout.fading: there is no such surface',
    ],
    [
      'a fading that lifts',
      { ...eCommerce, surfaceFading: { home: { factor: 1.5, halfLife: 1 } } },
      'surfaces.home.fading.factor: 1.5 is not allowed',
    ],
    ['a fading of no time', { ...eCommerce, fading: { factor: 0.5, halfLife: 0 } }, 'fading.halfLife: 0 ms is not allowed'],
    ['a vector that would be counted', { ...eCommerce, embedding: 'brand' }, 'embedding: brand is also declared in attributes'],
    ['variants of no name', { ...eCommerce, variantGroup: '' }, 'variantGroup: empty'],
    ['no session', without('session'), 'accumulators.session: missing. The service itself reads it'],
  ])('with %s is refused, and the error names the place', (_, domain, message) => {
    expect(problems(domain)).toEqual([expect.stringContaining(message)])
  })

  it('is refused with all its problems at once', () => {
    expect(problems({ ...withEvent('view', { weight: Number.NaN }), lateness: -1 })).toHaveLength(2)
  })

  it('is checked when a service starts', async () => {
    await expect(openOn(undefined, { dataDir: null, domain: withAttributes({ colour: 'key' }) })).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining('attributes.colour') }),
    )
  })
})
