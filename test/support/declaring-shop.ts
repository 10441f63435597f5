import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { DomainDefinition } from '../../src/domain/definition.ts'

/** Declared attributes of each kind, of users, requests and events. The birth year is protected, and the postcode too, but in use. */
export const DECLARED: DomainDefinition = {
  userAttributes: {
    age: { type: 'number', bands: [18, 30, 50] },
    city: { type: 'key', values: ['Graz', 'Linz'] },
    interests: 'key',
    member: 'flag',
    birth_year: { type: 'number', protected: true },
    postcode: { type: 'key', protected: true },
  },
  contextAttributes: {
    temperature: { type: 'number', bands: [-5, 20] },
    country: { type: 'key', values: ['at', 'de'] },
    raining: 'flag',
  },
  eventAttributes: {
    rating: { type: 'number', bands: [3] },
    gift: 'flag',
    platform: { type: 'key', values: ['ios'] },
  },
  protectedAttributes: { use: ['postcode'] },
}

/** The shop with these attributes, where as many events count as a test sends. */
export const DECLARING = { ...defineDomain({ ...DECLARED, extends: 'e-commerce', name: 'declaring' }), limits: NO_LIMITS }

/** The same, with cohorts of each kind: of a key, a flag, a number with bands, the context, a protected attribute, and a crossing. */
export const COHORT_SHOP = {
  ...defineDomain({
    ...DECLARED,
    extends: 'e-commerce',
    name: 'cohorts',
    contextAttributes: { ...DECLARED.contextAttributes, platform: 'key' },
    cohorts: {
      age: ['user.age'],
      city: ['user.city'],
      interests: ['user.interests'],
      member: ['user.member'],
      postcode: ['user.postcode'],
      platform: ['context.platform'],
      age_city: ['user.age', 'user.city'],
    },
  }),
  limits: NO_LIMITS,
}
