import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { DomainDefinition } from '../../src/domain/definition.ts'
import type { Domain } from '../../src/domain/domain.ts'

/** A shop with these attributes and cohorts, where as many events count as a test sends. */
export function shopWith(definition: DomainDefinition): Domain {
  return { ...defineDomain({ extends: 'e-commerce', name: 'cohorts', ...definition }), limits: NO_LIMITS }
}

/** A shop whose only cohorts are the people of each city. */
export const CITIES = shopWith({ userAttributes: { city: 'key' }, cohorts: { city: ['user.city'] } })
