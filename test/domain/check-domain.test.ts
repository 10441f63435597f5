import { describe, expect, it } from 'vitest'
import { attributeRates } from '../../src/accumulators/attribute-rates.ts'
import { userPrice } from '../../src/accumulators/user-price.ts'
import { trendingSource } from '../../src/candidates/trending.ts'
import { checkDomain } from '../../src/domain/check-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { DOMAINS } from '../../src/domain/domains.ts'
import { eCommerce as shop } from '../../src/domain/e-commerce.ts'
import type { Exploration, SurfaceExploration } from '../../src/domain/exploration.ts'
import type { LiverankError } from '../../src/errors.ts'
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

const exploring = (change: Partial<Exploration>): Domain => ({ ...eCommerce, exploration: { ...exploration!, ...change } })
const home = (change: Partial<SurfaceExploration>): Domain =>
  exploring({ surfaces: { home: { position: 5, share: 0.1, randomised: 0, ...change } } })
const coec = { feature: 'item_coec_7d', from: 0, to: 4, missing: 1 }

describe('a domain', () => {
  it.each(Object.entries(DOMAINS))('as it ships is usable: %s', (name, domain) => {
    expect(domain.name).toBe(name)
    expect(problems(domain)).toEqual([])
  })

  it.each<[string, Partial<Domain['experiment']>, string]>([
    ['a hold-out of most users', { holdOut: 0.6 }, 'experiment.holdOut: 0.6 is no share'],
    ['no policy', { policies: [] }, 'experiment.policies: there is none'],
    ['a policy by the name of the hold-out', { policies: [{ name: 'hold_out', share: 1 }] }, 'experiment.policies.hold_out: use'],
    ['a policy without users', { policies: [{ name: 'one', share: 0 }] }, 'experiment.policies.one.share: 0 is no part'],
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
      'experiment.policies.one.sources: there is no source tea_leaves',
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
    ['a weight that is no number', withEvent('view', { weight: Number.NaN }), 'eventTypes.view.weight: NaN is no weight'],
    ['a weight without end', withEvent('view', { weight: Number.POSITIVE_INFINITY }), 'eventTypes.view.weight: Infinity is'],
    ['a weight below 0', withEvent('view', { weight: -1 }), 'eventTypes.view.weight: -1 is no weight'],
    ['an impression of weight', withEvent('impression', { weight: 1 }), 'eventTypes.impression.weight: an impression shows'],
    ['an impression that is a goal', withEvent('impression', { goal: true }), 'eventTypes.impression.goal: an impression is no'],
    ['an impression that triggers', withEvent('impression', { triggers: true }), 'eventTypes.impression.triggers: an impression'],
    ['an attribute that nothing uses', withAttributes({ colour: 'key' }), 'attributes.colour: no accumulator uses this key'],
    [
      'an attribute whose name is taken',
      { ...withAttributes({ surface: 'key' }), accumulators: [...eCommerce.accumulators, attributeRates('surface')] },
      'attributes.surface: the name is taken',
    ],
    [
      'an attribute that cannot be part of a name',
      { ...withAttributes({ 'Main colour': 'key' }), accumulators: [...eCommerce.accumulators, attributeRates('Main colour')] },
      'attributes.Main colour: names of features are made of it',
    ],
    [
      'an accumulator with an attribute that is not declared',
      { ...eCommerce, accumulators: [...eCommerce.accumulators, attributeRates('colour')] },
      "accumulators.colour_rates: it reads the attribute colour, which is not declared: add colour: 'key' to attributes.",
    ],
    [
      'an accumulator with an attribute of another kind',
      { ...withAttributes({ size: 'key' }), accumulators: [...eCommerce.accumulators, userPrice('size')] },
      'accumulators.user_size: it reads size as a number, and attributes.size says key: make them agree.',
    ],
    [
      'a surface that is named twice',
      { ...eCommerce, surfaces: [...eCommerce.surfaces, 'home'] },
      'surfaces.home: it is named twice.',
    ],
    [
      'a surface that cannot be part of a name',
      { ...eCommerce, surfaces: [...eCommerce.surfaces, 'Start page'] },
      'surfaces.Start page: names of',
    ],
    ['an expiry of nothing', { ...eCommerce, expiry: { ...eCommerce.expiry, pair: 0 } }, 'expiry.pair: 0 is no length of time'],
    [
      'a limit that lets nothing count',
      { ...eCommerce, limits: { ...eCommerce.limits, eventsPerMinute: 0 } },
      'limits.eventsPerMinute: 0 is no number of events',
    ],
    ['a diversity above 1', { ...eCommerce, diversity: 1.5 }, 'diversity: 1.5 is out of range'],
    ['a lateness that is no number', { ...eCommerce, lateness: Number.NaN }, 'lateness: NaN is no length of time'],
    [
      'two sources of one name',
      { ...eCommerce, sources: [...eCommerce.sources, trendingSource(5)] },
      'sources.trending: two sources have this name',
    ],
    [
      'a source without a quota',
      { ...eCommerce, sources: [trendingSource(0)] },
      'sources.trending.quota: 0 is no number of items',
    ],
    [
      'sources of a surface that it does not have',
      { ...eCommerce, surfaceSources: { checkout: eCommerce.sources } },
      'surfaceSources.checkout: it is no surface',
    ],
    [
      'two sources of one name on a surface',
      { ...eCommerce, surfaceSources: { cart: [trendingSource(5), trendingSource(6)] } },
      'surfaceSources.cart.trending: two sources have this name',
    ],
    [
      'a source without time',
      { ...eCommerce, sources: [{ ...trendingSource(5), budgetMs: 0 }] },
      'sources.trending.budgetMs: 0 is no length of time',
    ],
    [
      'a source whose standing no feature tells',
      { ...eCommerce, sources: [{ ...trendingSource(5), name: 'weather' }] },
      'sources.weather: source_standing does not know it',
    ],
    ['a single arm', exploring({ arms: 1 }), 'exploration.arms: 1 is no number of items'],
    ['more arms than are read', exploring({ arms: 41 }), 'exploration.arms: 41 is no number of items'],
    ['a gamma of nothing', exploring({ gamma: 0 }), 'exploration.gamma: 0 does not say how quickly'],
    ['a gamma without end', exploring({ gamma: Number.POSITIVE_INFINITY }), 'exploration.gamma: Infinity does not say'],
    [
      'items that are known from the start',
      exploring({ knownAfterClicks: 0 }),
      'exploration.knownAfterClicks: 0 is no number of clicks',
    ],
    ['a share above 1', home({ share: 1.1 }), 'exploration.surfaces.home.share: 1.1 is no share of slates'],
    ['a share that is no number', home({ share: Number.NaN }), 'exploration.surfaces.home.share: NaN is no share'],
    ['a share below 0', home({ randomised: -0.1 }), 'exploration.surfaces.home.randomised: -0.1 is no share'],
    ['a slot above the top', home({ position: 0 }), 'exploration.surfaces.home.position: 0 is no position of a slate'],
    ['a slot between two', home({ position: 1.5 }), 'exploration.surfaces.home.position: 1.5 is no position'],
    [
      'a slot below every slate',
      exploring({ elsewhere: { position: 101, share: 0, randomised: 0 } }),
      'exploration.elsewhere.position: 101',
    ],
    [
      'exploration of a surface that is not declared',
      exploring({ surfaces: { hme: { position: 5, share: 0, randomised: 0 } } }),
      'exploration.surfaces.hme: the domain has no such surface',
    ],
    [
      'an input that no accumulator has',
      exploring({ inputs: [{ ...coec, feature: 'item_ceoc' }] }),
      'exploration.inputs.item_ceoc: no accumulator has this feature',
    ],
    [
      'an input that is a breakdown',
      exploring({ inputs: [{ ...coec, feature: 'user_category_share' }] }),
      'exploration.inputs.user_category_share: no accumulator has this feature',
    ],
    ['an input without a range', exploring({ inputs: [{ ...coec, to: 0 }] }), 'exploration.inputs.item_coec_7d: from 0 to 0'],
    ['an input that is named twice', exploring({ inputs: [coec, coec] }), 'exploration.inputs.item_coec_7d: it is named twice'],
    [
      'exploration that nothing learns from',
      { ...without('bandit'), ...(exploration && { exploration }) },
      'accumulators: bandit is missing, which exploration learns by',
    ],
    [
      'a fading on a surface that it does not have',
      { ...eCommerce, surfaceFading: { checkout: { factor: 0.5, halfLife: 1 } } },
      'surfaceFading.checkout: it is no surface',
    ],
    [
      'a fading that lifts',
      { ...eCommerce, surfaceFading: { home: { factor: 1.5, halfLife: 1 } } },
      'surfaceFading.home.factor: 1.5 is no share',
    ],
    ['a fading of no time', { ...eCommerce, fading: { factor: 0.5, halfLife: 0 } }, 'fading.halfLife: 0 is no length of time'],
    ['a vector that would be counted', { ...eCommerce, embedding: 'brand' }, 'embedding: brand is counted'],
    ['variants of no name', { ...eCommerce, variantGroup: '' }, 'variantGroup: it is empty'],
    ['no session', without('session'), 'accumulators: session is missing, which the service itself reads: add it.'],
  ])('with %s is refused, and the place is named', (_, domain, message) => {
    expect(problems(domain)).toEqual([expect.stringContaining(message)])
  })

  it('is told all that is wrong at once', () => {
    expect(problems({ ...withEvent('view', { weight: Number.NaN }), lateness: -1 })).toHaveLength(2)
  })

  it('is checked when a service starts', async () => {
    await expect(openOn(undefined, { dataDir: null, domain: withAttributes({ colour: 'key' }) })).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining('attributes.colour') }),
    )
  })
})
