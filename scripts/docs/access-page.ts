import { type GraphQLNamedType, type GraphQLObjectType, getNamedType, isInterfaceType, isObjectType, isUnionType } from 'graphql'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { FIELD_ACCESS, ROOT_ACCESS } from '../../src/schema/access.ts'
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
    'src/schema/access.ts and schema.graphql',
    '# Access',
    `This page says which role may use each field of the GraphQL schema. Each caller has one role, from its token or key: \`device\` (an app of one user), \`backend\` (a server), \`analyst\` or \`admin\`. [Authenticate clients](../guides/authenticate-clients.md) explains the roles. As long as neither a key nor \`JWT_SECRET\` nor \`JWKS_URL\` is configured, every caller on the same machine as the service has the role \`admin\`.

If an operation contains a field that the role of the caller may not use, the service answers null for this field, with an error of the code \`FORBIDDEN\`. The other fields of the operation still have their answers. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    '## Operations\n\nThis table lists every query, mutation and subscription, and says for each role whether a caller with this role may use it. If a device may use the field only in part, the last column says how:\n\n- *own user*: the device may pass only the id of its own user. *items, own user*: it may also pass ids of items.\n- *events of own user*: the service refuses events of other users.\n- *into own user, with `fromToken`*: the device may only merge another user into its own, and must show the token of the other user.\n- *no preview*, *no attributes*, *no features*: the device may not use these arguments or fields of the input.\n\nTwo more rules apply. Only analysts and admins may use the argument `preview` of `recommendations`. If the user of a device was [merged](../guides/authenticate-clients.md#when-a-visitor-logs-in) into another user, the device may only record events, read items and renew its token.',
    table(head, roots),
    '## Fields of types\n\nThis table says which role may read the fields of the types that operations return. If fields of one type have different rules, the type has several rows. A role has only `no` for a type that none of its operations returns.',
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
