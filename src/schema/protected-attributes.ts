import type { Domain } from '../domain/domain.ts'
import { InvalidInputError } from '../errors.ts'
import { isUsable } from '../slate/usable-attributes.ts'

/** @throws InvalidInputError for a protected attribute that the domain does not use */
export function refuseUnused(name: string, path: string, domain: Pick<Domain, 'userAttributes'>): void {
  if (isUsable(name, domain)) return
  const message = `${path}: the domain protects the attribute ${name} of users. Name another attribute, or add ${name} to protectedAttributes.use in the domain.`
  throw new InvalidInputError(message, path)
}
