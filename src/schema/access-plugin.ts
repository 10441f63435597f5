import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes as PothosTypes,
} from '@pothos/core'
import type { Principal } from '../auth/principal.ts'
import { InvariantError } from '../invariant.ts'
import { FIELD_ACCESS, ROOT_ACCESS, TYPE_ACCESS } from './roles-by-field.ts'

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription'])

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends PothosTypes> {
      access: AccessPlugin<Types>
    }
  }
}

interface Caller {
  readonly principal: Principal
}

/** Gives each field and type its scopes from the tables in `access.ts`, which the plugin scope-auth then enforces. */
class AccessPlugin<Types extends PothosTypes> extends BasePlugin<Types> {
  /** @throws InvariantError for a field of Query, Mutation or Subscription without a row */
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const authScopes = fieldScopes(field.parentType, field.name)
    if (!authScopes) return field
    return Object.assign({}, field, { pothosOptions: Object.assign({}, field.pothosOptions, { authScopes }) })
  }

  override onTypeConfig(type: PothosTypeConfig): PothosTypeConfig {
    const permits = TYPE_ACCESS[type.name]
    if (!permits || type.kind !== 'Object') return type
    const authScopes = (value: unknown, { principal }: Caller) => permits(principal, value as never)
    return { ...type, pothosOptions: { ...type.pothosOptions, authScopes } as typeof type.pothosOptions }
  }
}

type FieldScopes = (parent: unknown, args: object, caller: Caller) => boolean

function fieldScopes(parentType: string, name: string): FieldScopes | undefined {
  const place = `${parentType}.${name}`
  if (!ROOTS.has(parentType)) {
    const roles = FIELD_ACCESS[place]
    return roles && ((_, __, { principal }) => roles.includes(principal.role))
  }
  const access = ROOT_ACCESS[place]
  if (!access)
    throw new InvariantError('FIELD_WITHOUT_ACCESS', `${place} has no row in src/schema/roles-by-field.ts: say who may use it.`)
  const { roles, permits } = access
  return (_, args, { principal }) => roles.includes(principal.role) && (permits?.(principal, args as never) ?? true)
}

SchemaBuilder.registerPlugin('access', AccessPlugin)
