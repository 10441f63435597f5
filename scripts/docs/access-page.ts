import { type GraphQLNamedType, type GraphQLObjectType, getNamedType, isInterfaceType, isObjectType, isUnionType } from 'graphql'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { FIELD_ACCESS, ROOT_ACCESS } from '../../src/schema/roles-by-field.ts'
import { schema } from '../../src/schema/schema.ts'
import { page, table } from './markdown.ts'

const ROOTS = ['Query', 'Mutation', 'Subscription']
const NO = 'no'

/** docs/reference/access.md: who may use which field. A test compares each cell with what the service does. */
export function accessPage(): string {
  const reach = new Map(ROLES.map((role) => [role, reachable(role)]))
  const head = ['field', ...ROLES, 'limits for the role device']
  const roots = ROOTS.flatMap((root) => fieldsOf(root).map((field) => rootRow(root, field)))
  const types = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__') && !ROOTS.includes(type.name))
    .map(({ name }) => name)
    .sort()
  const rows = types.flatMap((type) => {
    const byAccess = new Map<string, string[]>()
    for (const field of fieldsOf(type)) {
      const isOpen = (role: Role) => reach.get(role)!.has(type) && (FIELD_ACCESS[`${type}.${field}`]?.includes(role) ?? true)
      const access = ROLES.map((role) => (isOpen(role) ? 'yes' : NO)).join()
      byAccess.set(access, [...(byAccess.get(access) ?? []), field])
    }
    return [...byAccess].map(([access, fields]) => [
      `\`${type}\``,
      fields.map((field) => `\`${field}\``).join(', '),
      ...access.split(','),
    ])
  })
  return page(
    'src/schema/roles-by-field.ts and schema.graphql',
    '# Access',
    `This page says which role may use each field of the GraphQL schema. The token or key of a caller gives the caller one role: \`device\` (an app of one user), \`backend\` (a server), \`analyst\` or \`admin\`. [Authenticate clients](../guides/authenticate-clients.md) explains tokens, keys and roles. If you have created no key, and have set neither \`JWT_SECRET\` nor \`JWKS_URL\`, the service does not ask callers who they are. Every caller then has the role \`admin\`. So by default, only callers on the same machine can reach the service.

If an operation contains a field that the caller may not use, the answer has null for this field, and an error \`FORBIDDEN\`. The service answers the other fields of the operation. A field that is in many rows of a list has one error, with the path of the first row. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    `## Operations

One row of this table is a query, mutation or subscription. *yes* means that a caller with this role may use it. The role \`device\` may use some operations only in part. The last column then names the limits:

- *own user*: the device may pass only the id of its own user, which is in its token. With \`slate\`, it may ask only for slates (lists of recommended items) that were made for this user.
- *items, own user*: the device may pass the ids of items, and the id of its own user, but no other ids.
- *events of own user*: in a list of events, the service rejects the events of other users, and records the events of the own user.
- *into own user, with \`fromToken\`*: the device may merge another user only into its own user. In the argument \`fromToken\`, it must pass the token of the other user.
- *no preview*: the device may not use the argument \`preview\`, with which a merchandiser tries out rules. This limit also applies to the role \`backend\`.
- *no attributes*: the device may not upload attributes of its user. It may only record the user's consent, or opt the user out.
- *neither features nor user attributes in rules*, *no features in the filter*: the rules or filter of a device may not compare features (numbers about users and items). Its rules may also not compare items with attributes of the user. By which items match, the device could find out attributes that it may not read. Standing rules may use both.

If the user of a device was [merged](../guides/authenticate-clients.md#when-a-visitor-logs-in) into another user, the device may only record events, read items and renew its token.`,
    table(head, roots),
    '## Fields of types\n\nOperations return objects, and each object has a type. One row of this table is a type with some of its fields. *yes* means that a caller with this role may read these fields. A type has several rows if its fields have different access, such as `User`. *no* means that the role may not read these fields, or may use no operation that returns the type.\n\nDevices may not read how much people act on items: the scores of trending items, and those that sources give. These are numbers of the business, and an app shows the items in their order without them. A device may read two other scores: how similar an item is to another (`ScoredItem.score` of similar items), and how an item ranks for the user (`Recommendation.score`).',
    table(['type', 'fields', ...ROLES], rows),
  )
}

function rootRow(root: string, field: string): string[] {
  const { roles, condition = '' } = ROOT_ACCESS[`${root}.${field}`]
  return [
    `\`${root}.${field}\``,
    ...ROLES.map((role) => (roles.includes(role) ? 'yes' : NO)),
    roles.includes('device') ? condition : '',
  ]
}

function fieldsOf(type: string): string[] {
  return Object.keys((schema.getType(type) as GraphQLObjectType).getFields()).sort()
}

/** Names of the types that the fields which the role may use can return. */
function reachable(role: Role): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (type: GraphQLNamedType) => {
    if (found.has(type.name)) return
    found.add(type.name)
    if (isUnionType(type)) type.getTypes().forEach(visit)
    // Which nodes a caller may read depends on their type: types are reached through their own fields.
    if (isInterfaceType(type) && type.name !== 'Node') schema.getPossibleTypes(type).forEach(visit)
    if (!isObjectType(type)) return
    for (const [name, { type: returned }] of Object.entries(type.getFields())) {
      if (FIELD_ACCESS[`${type.name}.${name}`]?.includes(role) ?? true) visit(getNamedType(returned))
    }
  }
  for (const root of ROOTS) {
    const fields = (schema.getType(root) as GraphQLObjectType).getFields()
    for (const [name, { type }] of Object.entries(fields)) {
      if (ROOT_ACCESS[`${root}.${name}`].roles.includes(role)) visit(getNamedType(type))
    }
  }
  return found
}
