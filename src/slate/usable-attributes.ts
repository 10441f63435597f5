import type { Domain } from '../domain/domain.ts'
import type { JsonObject } from '../state/user-value.ts'

/** Returns the attributes of a user without the protected ones that the domain does not use. */
export function usableAttributes(attributes: JsonObject, { userAttributes }: Pick<Domain, 'userAttributes'>): JsonObject {
  const isUsable = (name: string) => !Object.hasOwn(userAttributes, name) || userAttributes[name].isUsed
  const names = Object.keys(attributes)
  return names.every(isUsable) ? attributes : Object.fromEntries(names.filter(isUsable).map((name) => [name, attributes[name]]))
}
