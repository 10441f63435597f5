import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import type { Principal, Role } from '../../src/auth/principal.ts'
import { FIELD_ACCESS } from '../../src/schema/roles-by-field.ts'
import { schema } from '../../src/schema/schema.ts'

/** Arguments of fields below the root that have no default. */
const REQUIRED: Readonly<Record<string, string>> = {
  'Item.attribute': '(name: "title")',
  'Item.feature': '(name: "item_views")',
  'User.feature': '(name: "user_events_1d")',
}

/**
 * Writes the selection of all fields of a type that the caller may read, objects within objects to a depth.
 * @param depth 0 selects only the name of the type, and 1 the fields without selections of their own
 */
export function selectionOf(type: GraphQLNamedType, depth: number, caller: Principal): string {
  if (isLeafType(type)) return ''
  if (depth === 0) return '{ __typename }'
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
  const parts = types.map((one) => {
    // Members of a union may have fields of one name and different types.
    const alias = types.length > 1 ? (name: string) => `${one.name}_${name}: ` : () => ''
    return `... on ${one.name} { __typename ${fieldsOf(one, depth, caller, alias).join(' ')} }`
  })
  return `{ ${parts.join(' ')} }`
}

function fieldsOf(type: GraphQLObjectType, depth: number, caller: Principal, alias: (name: string) => string): string[] {
  return Object.values(type.getFields()).flatMap((field) => {
    const place = `${type.name}.${field.name}`
    const named = getNamedType(field.type)
    if (!mayRead(caller, place) || (!isLeafType(named) && depth === 1)) return []
    return [`${alias(field.name)}${field.name}${argumentsOf(place, field)} ${selectionOf(named, depth - 1, caller)}`]
  })
}

function argumentsOf(place: string, { args }: GraphQLField<unknown, unknown>): string {
  if (!args.some(isRequiredArgument)) return ''
  if (!(place in REQUIRED)) throw new Error(`Say in REQUIRED which arguments ${place} takes.`)
  return REQUIRED[place]
}

function mayRead({ role }: Principal, place: string): boolean {
  const roles: readonly Role[] | undefined = FIELD_ACCESS[place]
  return roles?.includes(role) ?? true
}
