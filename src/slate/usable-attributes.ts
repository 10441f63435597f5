import type { Domain } from '../domain/domain.ts'
import { InvalidInputError } from '../errors.ts'
import type { JsonObject } from '../state/user-value.ts'

/** Returns whether an attribute of users may be used: a protected one only if the domain says so. */
export function isUsable(name: string, { userAttributes }: Pick<Domain, 'userAttributes'>): boolean {
  return !Object.hasOwn(userAttributes, name) || userAttributes[name].isUsed
}

/** Returns the attributes of a user without the protected ones that the domain does not use. */
export function usableAttributes(attributes: JsonObject, domain: Pick<Domain, 'userAttributes'>): JsonObject {
  const mayUse = (name: string) => isUsable(name, domain)
  const names = Object.keys(attributes)
  return names.every(mayUse) ? attributes : Object.fromEntries(names.filter(mayUse).map((name) => [name, attributes[name]]))
}

/** @throws InvalidInputError for a protected attribute that the domain does not use */
export function refuseUnused(name: string, path: string, domain: Pick<Domain, 'userAttributes'>): void {
  if (isUsable(name, domain)) return
  const message = `${path}: the domain protects the attribute ${name} of users. Name another attribute, or add ${name} to protectedAttributes.use in the domain.`
  throw new InvalidInputError(message, path)
}
