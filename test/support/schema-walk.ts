import {
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import { schema } from '../../src/schema/schema.ts'

export const ROOTS = ['Query', 'Mutation', 'Subscription'] as const

/** A field on the way from an operation to a type; `on` names the type of its parent where that is a member of a union or interface. */
interface Step {
  readonly parent: string
  readonly field: string
}

/** Values of arguments by the place of the argument, such as `Query.item.itemId`, or by its name. */
export type Values = Readonly<Record<string, unknown>>

/** Object types of the schema without those of operations, by name. */
export function objectTypes(): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !(ROOTS as readonly string[]).includes(type.name))
    .map(({ name }) => name)
}

export function fieldsOf(type: string): string[] {
  return Object.keys((schema.getType(type) as GraphQLObjectType).getFields())
}

/**
 * Finds a shortest way from an operation to a type.
 * @param allows whether the way may use a field
 */
export function wayTo(type: string, allows: (parent: string, field: string) => boolean): readonly Step[] | undefined {
  const queue: { readonly at: string; readonly steps: readonly Step[] }[] = ROOTS.map((at) => ({ at, steps: [] }))
  const met = new Set<string>(ROOTS)
  for (const { at, steps } of queue) {
    if (at === type) return steps
    for (const [field, { type: returned }] of Object.entries((schema.getType(at) as GraphQLObjectType).getFields())) {
      if (!allows(at, field)) continue
      for (const member of membersOf(getNamedType(returned))) {
        if (met.has(member)) continue
        met.add(member)
        queue.push({ at: member, steps: [...steps, { parent: at, field }] })
      }
    }
  }
  return undefined
}

function membersOf(type: GraphQLNamedType): string[] {
  if (isAbstractType(type)) return schema.getPossibleTypes(type).map(({ name }) => name)
  return isObjectType(type) ? [type.name] : []
}

/** Writes an operation that goes this way and selects these fields of the type at its end, beside `__typename` at each step. */
export function operation(steps: readonly Step[], type: string, fields: readonly string[], values: Values): string {
  const leaves = fields.map((field) => selection(type, field, '{ __typename }', values)).join(' ')
  const inner = steps.reduceRight((selected, { parent, field }, i) => {
    const target = steps[i + 1]?.parent ?? type
    return selection(parent, field, `{ __typename ... on ${target} { ${selected} } }`, values)
  }, leaves)
  const root = steps[0]?.parent ?? type
  // A subscription has only one field.
  return `${root.toLowerCase()} { ${root === 'Subscription' ? '' : '__typename '}${inner} }`
}

function selection(parent: string, name: string, below: string, values: Values): string {
  const field = (schema.getType(parent) as GraphQLObjectType).getFields()[name]
  const given = field.args.flatMap((arg) => {
    const place = `${parent}.${name}.${arg.name}`
    if (!(place in values) && !isRequiredArgument(arg)) return []
    return [`${arg.name}: ${literal(place in values ? values[place] : exampleOf(arg, values), arg.type)}`]
  })
  return `${name}${given.length > 0 ? `(${given.join(', ')})` : ''}${isLeafType(getNamedType(field.type)) ? '' : ` ${below}`}`
}

/** Writes a value as a literal of the type. An enum is written by its name. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(value, type.ofType)
  if (isListType(type)) return `[${(value as unknown[]).map((one) => literal(one, type.ofType)).join(', ')}]`
  if (isEnumType(type)) return String(value)
  if (!isInputObjectType(type)) return JSON.stringify(value)
  const fields = type.getFields()
  const given = Object.entries(value as object).map(([name, one]) => `${name}: ${literal(one, fields[name].type)}`)
  return `{ ${given.join(', ')} }`
}

/** A value that the type takes: that of the name, if there is one.  */
function exampleOf({ name, type }: { readonly name: string; readonly type: GraphQLInputType }, values: Values): unknown {
  if (name in values) return values[name]
  if (isNonNullType(type)) return exampleOf({ name, type: type.ofType }, values)
  if (isListType(type)) return [exampleOf({ name, type: type.ofType }, values)]
  if (isEnumType(type)) return type.getValues()[0].name
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const needed = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField)
    return Object.fromEntries(needed.map((field) => [field.name, exampleOf(field, values)]))
  }
  const now = new Date().toISOString()
  const simple: Record<string, unknown> = { ID: 'x', String: 'x', Int: 1, Float: 1, Boolean: true, JSONObject: {}, DateTime: now }
  if (!isLeafType(type) || !(type.name in simple)) throw new Error(`Say what to pass for ${name}: ${String(type)}`)
  return simple[type.name]
}
