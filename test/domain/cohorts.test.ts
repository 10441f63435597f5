import { describe, expect, it } from 'vitest'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { DomainDefinition } from '../../src/domain/definition.ts'
import { sourcesOn } from '../../src/domain/domain.ts'
import type { DomainError } from '../../src/errors.ts'

const DECLARED = {
  userAttributes: {
    age: { type: 'number', bands: [18, 30] },
    height: 'number',
    city: 'key',
    member: 'flag',
    origin: { type: 'key', protected: true },
  },
  contextAttributes: { region: 'key', weather: 'key', speed: 'number' },
  eventAttributes: { region: 'key', weather: 'flag', speed: 'number' },
} as const satisfies DomainDefinition

const domainOf = (definition: DomainDefinition) => defineDomain({ extends: 'e-commerce', ...DECLARED, ...definition })

function problems(definition: object): readonly string[] {
  try {
    domainOf(definition as DomainDefinition)
  } catch (error) {
    return (error as DomainError).problems
  }
  return []
}

const featureNames = (definition: DomainDefinition) =>
  domainOf(definition).accumulators.flatMap(({ features }) => features.map(({ name }) => name))

describe('cohorts of a domain', () => {
  it('have features: a lift for each cohort, and two for all', () => {
    const cohorts = { age: ['user.age'], region: ['context.region'], both: ['user.age', 'user.city'] }
    const plain = featureNames({})
    expect(featureNames({ cohorts }).filter((name) => !plain.includes(name))).toEqual([
      'source_popular_in_cohort',
      'cohort_age_lift',
      'cohort_region_lift',
      'cohort_both_lift',
      'cohort_lift',
      'cohort_sure_lift',
    ])
  })

  it('are merged with those of the extended domain: null removes one', () => {
    const base = domainOf({ cohorts: { city: ['user.city'], member: ['user.member'] } })
    const { cohorts } = defineDomain({ extends: base, cohorts: { city: null, age: ['user.age'] } })
    expect(cohorts.map(({ name }) => name)).toEqual(['member', 'age'])
  })

  it('add a source, with the quota in the domain: 0 leaves it out, and surfaces with their own sources must name it', () => {
    const cohorts = { city: ['user.city'] }
    const quotas = (definition: DomainDefinition, surface?: string) =>
      sourcesOn(domainOf(definition), surface).flatMap(({ name, quota }) => (name === 'popular_in_cohort' ? [quota] : []))
    expect(quotas({ cohorts })).toEqual([20])
    expect(quotas({ cohorts, sources: { popular_in_cohort: 7 } })).toEqual([7])
    expect(quotas({ cohorts, sources: { popular_in_cohort: 0 } })).toEqual([])
    expect(quotas({})).toEqual([])
    expect(quotas({ cohorts }, 'cart')).toEqual([])
    expect(quotas({ cohorts, surfaces: { cart: { sources: { popular_in_cohort: 9 } } } }, 'cart')).toEqual([9])
    expect(problems({ sources: { popular_in_cohort: 7 } })).toEqual([
      'sources.popular_in_cohort: the domain declares no cohorts. Declare cohorts, or remove this source.',
    ])
  })

  it('are refused with all their problems at once', () => {
    const found = problems({
      cohorts: {
        city: ['user.citty'],
        town: ['city'],
        Big: ['user.city'],
        none: [],
        three: ['user.city', 'user.age', 'user.member'],
        twice: ['user.city', 'user.city'],
        tall: ['user.height', 'user.city'],
        fast: ['context.speed'],
        origin: ['user.origin'],
        weather: ['context.weather'],
        gone: null,
        text: 'user.city',
      },
    })
    expect(found).toEqual([
      expect.stringMatching(/^cohorts\.text: expected a list such as \["user\.city"\]/),
      expect.stringMatching(/^cohorts\.gone: null removes an entry, but/),
      'cohorts.city.0: no declared attribute user.citty. Did you mean user.city? Write user.<attribute> or context.<attribute>.',
      expect.stringMatching(
        /^cohorts\.town\.0: no declared attribute city\. .* Write user\.<attribute> or context\.<attribute>\.$/,
      ),
      expect.stringMatching(/^cohorts\.Big: the name becomes part of feature names: use lower-case letters/),
      'cohorts.none: 0 attributes are not allowed. Name one attribute, or two for a crossing.',
      'cohorts.three: 3 attributes are not allowed. Name one attribute, or two for a crossing.',
      'cohorts.twice: user.city is named twice. Name two different attributes.',
      'cohorts.tall.0: user.height is a number without bands, so people do not share values. Add bands to it.',
      'cohorts.fast.0: context.speed is a number without bands, so people do not share values. Add bands to it.',
      'cohorts.origin.0: user.origin is protected, so it has no effect. Name origin in protectedAttributes.use, or remove the cohort.',
      'cohorts.weather.0: events are counted by the event attribute weather. Declare eventAttributes.weather with type: key.',
    ])
  })

  it('are limited in number, and so are their crossings', () => {
    const others = { a: ['user.age', 'user.city'], b: ['user.city', 'user.age'], c: ['user.member', 'user.city'] }
    expect(problems({ cohorts: others })).toEqual([])
    expect(problems({ cohorts: { ...others, d: ['user.age', 'user.member'] } })).toEqual([
      'cohorts: 4 crossings of two attributes are too many: a, b, c, d. Declare at most 3.',
    ])
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`c${n}`, ['user.city']]))
    expect(problems({ cohorts: many })).toEqual(['cohorts: 17 cohorts are too many. Declare at most 16.'])
  })

  it('of protected attributes must be permitted by name, which a job board refuses by default', () => {
    const origin = { cohorts: { origin: ['user.origin'] }, protectedAttributes: { use: ['origin'] } }
    expect(domainOf(origin).cohorts).toMatchObject([{ name: 'origin', isProtected: true }])
    expect(problems({ extends: 'job-board', ...origin })).toEqual([
      expect.stringMatching(/^protectedAttributes\.use: the domain refuses protected attributes/),
    ])
  })
})
