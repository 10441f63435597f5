import { type GraphQLObjectType, isObjectType } from 'graphql'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { FIELD_ACCESS, ROOT_ACCESS } from '../../src/schema/roles-by-field.ts'
import { schema } from '../../src/schema/schema.ts'
import { schemaFor } from '../schema-for-role.ts'
import { page, table } from './markdown.ts'

const ROOTS = ['Query', 'Mutation', 'Subscription']
/** Most places in one row of a table. The same roles have further rows for the others. */
const MOST_PLACES = 25

/** docs/reference/access.md: who may use which field. A test compares each place with what the service does. */
export function accessPage(): string {
  const operations = ROOTS.flatMap((root) => fieldsOf(root).map((field) => `${root}.${field}`))
  const limited = operations.flatMap((place) => {
    const { roles, condition } = ROOT_ACCESS[place]
    return condition && roles.includes('device') ? [[`\`${place}\``, condition]] : []
  })
  return page(
    'src/schema/roles-by-field.ts and schema.graphql',
    '# Access',
    `This page says which role may use each field of the GraphQL schema. The token or key of a caller gives the caller one role: \`device\` (an app of one user), \`backend\` (a server), \`analyst\` or \`admin\`. [Authenticate clients](../guides/authenticate-clients.md) explains tokens, keys and roles. If there is no key, \`JWT_SECRET\` or \`JWKS_URL\`, every caller has the role \`admin\`. By default, the service then accepts callers on the same machine only.

If an operation contains a field that the caller may not use, the answer has null for this field, and an error \`FORBIDDEN\`. The service answers the other fields. A field in many rows of a list has one error, with the path of the first row. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    '## Operations',
    table(
      ['roles', 'operations that they may use'],
      byRoles(new Map(operations.map((place) => [place, ROOT_ACCESS[place].roles]))),
    ),
    `[device.graphql](../../device.graphql) is the part of the schema for the role \`device\`. This role may use some operations only in part:`,
    table(['operation', 'limits for the role device'], limited),
    `- *own user*: only the id of the user in the token. \`slate\` returns only slates that were made for this user.
- *items, own user*: only ids of items, and the id of the own user.
- *events of own user*: the service rejects events of other users in the list, and records those of the own user.
- *into own user, with \`fromToken\`*: the device may merge another user only into its own, and must pass the token of the other user as \`fromToken\`.
- *no preview*: no argument \`preview\`, with which a merchandiser tries out rules. The role \`backend\` has this limit too.
- *no attributes*: only consent and opt-out, no attributes of the user.
- *neither features nor user attributes in rules*, *no features in the filter*: rules and filters of a device may not compare these values, which it may not read. Standing [rules](rules.md) may.

If the user of a device was [merged](../guides/authenticate-clients.md#when-a-visitor-logs-in) into another user, the device may only record events, read items and renew its token.`,
    '## Fields of types\n\nA type alone, such as `Event`, means all its fields. A role that a line does not name may not read the fields, or may use no operation that returns the type.\n\nDevices may not read how much people act on items: the scores of trending items, and those that sources give. One exception to the table: they may read `ScoredItem.score` of similar items.',
    table(['roles', 'types and fields that they may read'], byRoles(accessOfTypes())),
  )
}

/** Rows of a table: the places that the same roles may use, the largest number of roles first. */
function byRoles(places: ReadonlyMap<string, readonly Role[]>): string[][] {
  const groups = new Map<string, string[]>()
  for (const [place, roles] of places) {
    const names = ROLES.filter((role) => roles.includes(role)).join(', ')
    groups.set(names, [...(groups.get(names) ?? []), `\`${place}\``])
  }
  return [...groups]
    .sort(([a], [b]) => b.split(', ').length - a.split(', ').length || (a < b ? -1 : 1))
    .flatMap(([names, own]) =>
      Array.from({ length: Math.ceil(own.length / MOST_PLACES) }, (_, i) => [
        names,
        own.slice(i * MOST_PLACES, (i + 1) * MOST_PLACES).join(', '),
      ]),
    )
}

/** The roles that may read each type; of a type whose fields differ, those of each field. */
function accessOfTypes(): ReadonlyMap<string, readonly Role[]> {
  const usable = new Map(ROLES.map((role) => [role, schemaFor(role)]))
  const types = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__') && !ROOTS.includes(type.name))
    .map(({ name }) => name)
    .sort()
  const places = types.flatMap((type) => {
    const fields = fieldsOf(type).map((field): [string, readonly Role[]] => {
      const place = `${type}.${field}`
      return [place, ROLES.filter((role) => usable.get(role)!.getType(type) && (FIELD_ACCESS[place]?.includes(role) ?? true))]
    })
    const differs = new Set(fields.map(([, roles]) => roles.join())).size > 1
    return differs ? fields : [[type, fields[0][1]] as [string, readonly Role[]]]
  })
  return new Map(places)
}

function fieldsOf(type: string): string[] {
  return Object.keys((schema.getType(type) as GraphQLObjectType).getFields()).sort()
}
