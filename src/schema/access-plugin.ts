import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes as PothosTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { type Principal, ROLES } from '../auth/principal.ts'
import { ForbiddenError } from '../errors.ts'
import { InvariantError } from '../invariant.ts'
import { failureOf, isFirstRefusal } from './failures.ts'
import { FIELD_ACCESS, OPEN_OBJECTS, ROOT_ACCESS, type RootAccess } from './roles-by-field.ts'

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription'])

type Resolver<C> = GraphQLFieldResolver<unknown, C, object>

interface Caller {
  readonly principal: Principal
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends PothosTypes> {
      access: AccessPlugin<Types>
    }
  }
}

/**
 * Enforces the tables of `roles-by-field.ts`. A field that the role may not use is null, and not resolved. It has one error in an
 * answer, however many rows it is in.
 */
class AccessPlugin<Types extends PothosTypes> extends BasePlugin<Types> {
  override wrapResolve(resolver: Resolver<Types['Context']>, field: PothosOutputFieldConfig<Types>): Resolver<Types['Context']> {
    const { parentType, name } = field
    if (parentType === 'Subscription') return resolver
    const access = accessTo(parentType, name)
    if (access && !field.type.nullable && isRestricted(access))
      throw new InvariantError('FORBIDDEN_NOT_NULLABLE', `${parentType}.${name} is not for all callers: make it nullable.`)
    // Root fields are few, so nobody pays for a limit on their failures.
    if (ROOTS.has(parentType)) return guarded(resolver, `${parentType}.${name}`, access!)
    const limited = access || Object.keys(field.args).length > 0 ? withFewFailures(resolver) : resolver
    return access ? guarded(limited, `${parentType}.${name}`, access) : limited
  }

  override wrapSubscribe(
    subscriber: Resolver<Types['Context']> | undefined,
    { parentType, name }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types['Context']> | undefined {
    const access = parentType === 'Subscription' ? accessTo(parentType, name) : undefined
    return subscriber && access ? guarded(subscriber, `${parentType}.${name}`, access) : subscriber
  }
}

function accessTo(parentType: string, name: string): RootAccess | undefined {
  const place = `${parentType}.${name}`
  if (!ROOTS.has(parentType)) return FIELD_ACCESS[place] && { roles: FIELD_ACCESS[place] }
  if (ROOT_ACCESS[place]) return ROOT_ACCESS[place]
  throw new InvariantError('FIELD_WITHOUT_ACCESS', `${place} has no row in the tables of roles: say who may use it.`)
}

function isRestricted({ roles, permits }: RootAccess): boolean {
  return permits !== undefined || roles.length < ROLES.length
}

function guarded<C extends object>(resolver: Resolver<C>, place: string, access: RootAccess): Resolver<C> {
  const { roles, permits, condition } = access
  const isOpen = OPEN_OBJECTS[place]
  return (parent, args, context, info) => {
    const { principal } = context as unknown as Caller
    if (!roles.includes(principal.role) && !isOpen?.(parent as object)) {
      if (!isFirstRefusal(context, info.fieldNodes[0])) return null
      const message = `The role ${principal.role} may not use ${place}: leave it out, or send a token or key with the role ${roles.join(' or ')}.`
      throw failureOf(context, new ForbiddenError(message))
    }
    if (permits && !permits(principal, args as never))
      throw new ForbiddenError(
        `The role ${principal.role} may not use ${place} with these arguments. The limits of this field are: ${condition}.`,
      )
    return resolver(parent, args, context, info)
  }
}

/** A field of a list may fail in each row. Only the first failures of an answer become errors of their own. */
function withFewFailures<C extends object>(resolver: Resolver<C>): Resolver<C> {
  return (parent, args, context, info) => {
    let result: unknown
    try {
      result = resolver(parent, args, context, info)
    } catch (error) {
      throw failureOf(context, error)
    }
    return result instanceof Promise ? result.catch(failureIn(context)) : result
  }
}

/** A function of its own, so that a row whose field answers at once makes no closure. */
function failureIn(context: object) {
  return (error: unknown): never => {
    throw failureOf(context, error)
  }
}

SchemaBuilder.registerPlugin('access', AccessPlugin)
