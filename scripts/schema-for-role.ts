import { filterSchema, pruneSchema } from '@graphql-tools/utils'
import type { GraphQLSchema } from 'graphql'
import type { Principal, Role } from '../src/auth/principal.ts'
import { CLOSED_INPUTS, FIELD_ACCESS, mayReadNode, OPEN_OBJECTS, ROOT_ACCESS } from '../src/schema/roles-by-field.ts'
import { schema } from '../src/schema/schema.ts'

/** Returns the part of the schema that callers with this role may use: their operations, and what these return and take. */
export function schemaFor(role: Role): GraphQLSchema {
  const proven = { keyId: undefined, expiresAt: undefined }
  const caller: Principal =
    role === 'device' ? { role, userId: 'me', ...proven } : { role, userId: undefined, subject: undefined, ...proven }
  const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name)
  const closed = nodes.filter((typename) => !mayReadNode(caller, { typename, id: 'me' }))
  return pruneSchema(
    filterSchema({
      schema,
      typeFilter: (name) => !closed.includes(name),
      rootFieldFilter: (root, field = '') => ROOT_ACCESS[`${root}.${field}`].roles.includes(role),
      objectFieldFilter: (type, field) => {
        const place = `${type}.${field}`
        return place in OPEN_OBJECTS || (FIELD_ACCESS[place]?.includes(role) ?? true)
      },
      inputObjectFieldFilter: (type, field) => role !== 'device' || !CLOSED_INPUTS.has(`${type}.${field}`),
    }),
  )
}
