import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { DomainDefinition } from '../../src/domain/definition.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import type { DomainError } from '../../src/errors.ts'
import { DECLARING } from '../support/declaring-shop.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Why a definition is refused, line by line. */
function problems(definition: object): readonly string[] {
  try {
    defineDomain({ extends: 'e-commerce', ...definition } as DomainDefinition)
  } catch (error) {
    return (error as DomainError).problems
  }
  return []
}

const names = (domain: { accumulators: typeof DECLARING.accumulators }) =>
  domain.accumulators.flatMap(({ features }) => features.map(({ name }) => name))

describe('declared attributes of users, requests and events', () => {
  it('give features by their kind, and none if they are protected and not in use', () => {
    const declared = DECLARING.accumulators.flatMap(({ features }) => features).filter(({ isDeclared }) => isDeclared)
    expect(declared.map(({ name, column }) => [name, column !== undefined])).toEqual([
      ['item_event_rating_mean_30d', true],
      ['item_event_rating_below_3_share_30d', true],
      ['item_event_rating_from_3_share_30d', true],
      ['item_event_gift_share_30d', true],
      ['item_event_platform_ios_share_30d', true],
      ['user_event_platform_share', false],
      ['user_age', true],
      ['user_age_below_18', true],
      ['user_age_18_to_30', true],
      ['user_age_30_to_50', true],
      ['user_age_from_50', true],
      ['user_city', false],
      ['user_city_graz', true],
      ['user_city_linz', true],
      ['user_interests', false],
      ['user_member', true],
      ['user_postcode', false],
      ['context_temperature', true],
      ['context_temperature_below_minus_5', true],
      ['context_temperature_minus_5_to_20', true],
      ['context_temperature_from_20', true],
      ['context_country_at', true],
      ['context_country_de', true],
      ['context_raining', true],
    ])
  })

  it('are read from YAML and JSON files, with the name of the kind or an object', async () => {
    const folder = await temporaryDirectory()
    const yaml = 'extends: e-commerce\nuserAttributes:\n  tier: key\n  age: { type: number, bands: [18, 65], protected: true }\n'
    const json = {
      extends: 'e-commerce',
      userAttributes: { tier: 'key', age: { type: 'number', bands: [18, 65], protected: true } },
    }
    await writeFile(join(folder, 'shop.yaml'), yaml)
    await writeFile(join(folder, 'shop.json'), JSON.stringify(json))
    for (const name of ['shop.yaml', 'shop.json']) {
      expect((await loadDomain(join(folder, name))).userAttributes).toEqual({
        tier: { kind: 'key', values: [], isProtected: false, isUsed: true },
        age: { kind: 'number', bands: [18, 65], isProtected: true, isUsed: false },
      })
    }
  })

  it('are merged with those of the extended domain: null removes one, and a protected one stays protected', () => {
    const base = defineDomain({
      extends: 'e-commerce',
      userAttributes: { age: { type: 'number', protected: true }, tier: 'key' },
    })
    const { userAttributes } = defineDomain({ extends: base, userAttributes: { age: 'key', tier: null, member: 'flag' } })
    expect(userAttributes).toEqual({
      age: { kind: 'key', values: [], isProtected: true, isUsed: false },
      member: { kind: 'flag', isProtected: false, isUsed: true },
    })
  })

  it('are left out of a domain that declares none', () => {
    const plain = defineDomain({ extends: 'e-commerce', name: 'plain' })
    expect(plain).toMatchObject({ userAttributes: {}, contextAttributes: {}, eventAttributes: {} })
    expect(names(plain).filter((name) => !names(DECLARING).includes(name))).toEqual([])
    expect(plain.accumulators.some(({ features }) => features.some(({ isDeclared }) => isDeclared))).toBe(false)
  })

  it('are refused with all their mistakes at once', () => {
    const definition = {
      userAttributes: {
        age: 'nubmer',
        Size: 'number',
        height: { type: 'number', bands: [180, 160, Number.POSITIVE_INFINITY] },
        tier: { type: 'key', bands: [1], valeus: ['a'] },
        team: { type: 'key', values: ['Red', 'red', '日本'] },
        origin: { protected: true },
        days: 'number',
        gone: null,
      },
      contextAttributes: { device: 'key', wet: 1 },
      eventAttributes: { traffic: 'key', position: 'number', price: 'key', rating: { type: 'flag', values: ['x'] } },
      protectedAttributes: { use: ['orign'] },
    }
    const expected = [
      'userAttributes.age: "nubmer" is not allowed. Did you mean number?',
      'userAttributes.Size: the name becomes part of feature names: use lower-case letters, digits and _, and begin with a letter.',
      expect.stringMatching(/^userAttributes\.height\.bands\.2: .*number/),
      'userAttributes.tier.valeus: unknown key. Did you mean values?',
      'userAttributes.tier.bands: only a number has bands, and the type is key. Remove bands.',
      'userAttributes.team.values.1: red has the same feature name as Red. Remove one of them.',
      expect.stringMatching(/^userAttributes\.team\.values\.2: "日本" cannot become part of a feature name/),
      'userAttributes.origin: type is missing. Add type: key, type: number or type: flag.',
      'accumulators: two features are named user_days. Rename the attribute or value that the domain declares.',
      'accumulators: two features are named user_team_red. Rename the attribute or value that the domain declares.',
      expect.stringMatching(/^userAttributes\.gone: null removes an entry, but/),
      'contextAttributes.device: the service already uses this attribute. Remove it.',
      'contextAttributes.wet: expected key, number or flag, or an object such as { "type": "number", "bands": [18, 30] }.',
      'eventAttributes.traffic: the service already uses this attribute. Remove it.',
      'eventAttributes.position: the service already uses this attribute. Remove it.',
      'eventAttributes.price: the service accepts only a number here. Use type: number.',
      'eventAttributes.rating.values: only a key has values, and the type is flag. Remove values.',
      'protectedAttributes.use.0: no attribute orign is declared with protected: true.',
    ]
    const found = problems(definition)
    expect(found).toHaveLength(expected.length)
    expect(found).toEqual(expect.arrayContaining(expected))
  })

  it('have ascending bounds, and not too many', () => {
    expect(problems({ userAttributes: { height: { type: 'number', bands: [180, 160, 160, 1e13] } } })).toEqual([
      'userAttributes.height.bands.1: 160 is not above 180. List the bounds in ascending order, each once.',
      'userAttributes.height.bands.2: 160 is not above 160. List the bounds in ascending order, each once.',
      'userAttributes.height.bands.3: 10000000000000 is not allowed. Use a number from -1e12 to 1e12.',
    ])
    const many = Array.from({ length: 40 }, (_, at) => at)
    expect(problems({ eventAttributes: { rating: { type: 'number', bands: many } } })).toEqual([
      'eventAttributes.rating: 41 values or bands are too many. Use at most 32.',
    ])
    const attributes = Object.fromEntries(many.map((at) => [`a${at}`, 'flag']))
    expect(problems({ contextAttributes: attributes })).toEqual([
      'contextAttributes: 40 attributes are too many. Declare at most 32.',
    ])
  })

  it('that are protected are used only if the domain names them, and in a job board only if it permits this', () => {
    const userAttributes = { age: { type: 'number', protected: true } } as const
    const use = { use: ['age'] }
    expect(names(defineDomain({ extends: 'e-commerce', userAttributes }))).not.toContain('user_age')
    expect(names(defineDomain({ extends: 'e-commerce', userAttributes, protectedAttributes: use }))).toContain('user_age')
    expect(defineDomain({ extends: 'job-board', userAttributes }).userAttributes.age.isUsed).toBe(false)
    expect(problems({ extends: 'job-board', userAttributes, protectedAttributes: use })).toEqual([
      expect.stringMatching(/^protectedAttributes\.use: the domain refuses protected attributes/),
    ])
    expect(problems({ userAttributes: { segment: { type: 'key', protected: true } } })).toEqual([
      expect.stringMatching(/^userAttributes\.segment: the service chooses offline lists by this attribute/),
    ])
    const allowed = { use: ['age'], refused: false }
    expect(names(defineDomain({ extends: 'job-board', userAttributes, protectedAttributes: allowed }))).toContain('user_age')
  })
})
