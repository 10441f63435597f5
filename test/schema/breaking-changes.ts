import { CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

/**
 * Returns the changes from one schema to another that break a client, one sentence each. Removing a field, an input field or an enum
 * value breaks none if the released schema has it as deprecated.
 * @param released the schema of the last release, in GraphQL @param current the schema now
 */
export async function breakingChanges(released: string, current: string): Promise<string[]> {
  const changes = await diff(buildSchema(released), buildSchema(current), [DiffRule.suppressRemovalOfDeprecatedField])
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message, path }) => (path === undefined ? message : `${path}: ${message}`))
}
