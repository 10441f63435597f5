import { type GraphQLField, type GraphQLObjectType, getNamedType, parse } from 'graphql'
import type { Principal, Role } from '../../src/auth/principal.ts'
import { ROOT_ACCESS } from '../../src/schema/roles-by-field.ts'
import { schema } from '../../src/schema/schema.ts'
import { costOf } from '../../src/server/operation-cost.ts'
import { ARGUMENTS, type ArgumentsOf } from './priced-arguments.ts'
import { fullUser, type PricedShop } from './priced-shop.ts'
import { selectionOf } from './selections.ts'

/** An operation whose price is measured. */
export interface PricedOperation {
  /** The root field, such as `Query.items`, with what is special about the arguments and the selection. */
  readonly name: string
  readonly field: string
  readonly role: Role
  readonly query: string
  /** Entries that it asks for or brings: as many as the limits allow; 1 for none. */
  readonly entries: number
  /** Makes the variables of the nth call, with as many entries, or with these. */
  readonly variables: (n: number, entries?: number) => object
  /** Makes what the nth call needs, such as an item to delete. It is not measured. */
  readonly before?: (n: number) => Promise<unknown>
  /** Whether it is sent over a WebSocket: a subscription, until its first message, or a mutation that only a socket can send. */
  readonly onSocket: boolean
}

/** Depths of selections: nothing, all fields without selections of their own, and all that objects within objects have. */
const DEPTHS = { narrow: 0, flat: 1, deep: 3 } as const

/** Returns who calls with a role; a device is that of the first user with a full history. */
export function callerOf(role: Role): Principal {
  const proven = { keyId: undefined, expiresAt: undefined }
  return role === 'device' ? { ...proven, role, userId: fullUser(0) } : { ...proven, role, userId: undefined, subject: role }
}

/**
 * Returns the largest legal operations of every field of Query, Mutation and Subscription, for each role that may use it.
 * @throws Error if a field has no arguments in `ARGUMENTS`
 */
export function pricedOperations(shop: PricedShop): PricedOperation[] {
  const fields = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!].flatMap(fieldsOf)
  return fields.flatMap(({ place, root, field }) => {
    const cases = ARGUMENTS[place]
    if (!cases) throw new Error(`The benchmark of prices has no arguments for ${place}: add them to ARGUMENTS.`)
    return ROOT_ACCESS[place].roles.flatMap((role) =>
      Object.entries(cases).flatMap(([name, made]) => operationsOf({ place, root, field, role, name, made }, shop)),
    )
  })
}

interface Case {
  readonly place: string
  readonly root: string
  readonly field: GraphQLField<unknown, unknown>
  readonly role: Role
  readonly name: string
  readonly made: ArgumentsOf
}

function fieldsOf(type: GraphQLObjectType): Pick<Case, 'place' | 'root' | 'field'>[] {
  const root = type.name.toLowerCase()
  return Object.values(type.getFields()).map((field) => ({ place: `${type.name}.${field.name}`, root, field }))
}

/** With each depth of the selection, as many entries as the limits allow. Of equal operations, one. */
function operationsOf({ place, root, field, role, name, made }: Case, shop: PricedShop): PricedOperation[] {
  const caller = callerOf(role)
  const queries = new Map<string, PricedOperation>()
  for (const [depthName, depth] of Object.entries(DEPTHS)) {
    const selection = selectionOf(getNamedType(field.type), depth, caller)
    const largest = made(shop, caller)
    if (largest === undefined) continue
    const names = Object.keys(largest.args(largest.most, 0))
    const declared = field.args.filter((arg) => names.includes(arg.name)).map((arg) => `$${arg.name}: ${String(arg.type)}`)
    const passed = names.map((arg) => `${arg}: $${arg}`).join(', ')
    const query = `${root} Priced${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${field.name}${passed === '' ? '' : `(${passed})`} ${selection} }`
    const entries = mostAllowed(query, largest, shop, caller)
    const title = [place, name === '' ? [] : name, `${depthName}${largest.most > 1 ? ` of ${entries}` : ''}`].flat().join(', ')
    queries.set(query, {
      ...{ name: title, field: place, role, query },
      entries,
      variables: (n, other = entries) => largest.args(other, n),
      ...(largest.before && { before: (n) => largest.before!(entries, n) }),
      onSocket: root === 'subscription' || field.name === 'renewToken',
    })
  }
  return [...queries.values()]
}

type Largest = NonNullable<ReturnType<ArgumentsOf>>

/** Halves the entries until the operation is within the limit of complexity. */
function mostAllowed(query: string, { most, args }: Largest, shop: PricedShop, principal: Principal): number {
  const document = parse(query)
  for (let entries = most; entries > 1; entries = Math.floor(entries / 2)) {
    const contextValue = { service: shop.service, principal }
    const { errors } = costOf({ schema, document, variableValues: { ...args(entries, 0) }, contextValue })
    if (errors.length === 0) return entries
  }
  return 1
}
