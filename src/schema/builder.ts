import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { ForbiddenError } from '../errors.ts'
import type { JsonObject } from '../state/user-value.ts'
import { mayReadNode } from './access.ts'
import './access-plugin.ts'
import { atMost } from './argument-checks.ts'
import type { Context } from './context.ts'
import { decodeNodeId, encodeNodeId } from './node-id.ts'

export interface SchemaTypes {
  Context: Context
  Connection: { totalCount?: number; asOf?: number; isSampled?: boolean }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Timestamp: { Input: unknown; Output: number }
    JSONObject: { Input: unknown; Output: JsonObject }
    AttributeValue: { Input: string | number | boolean; Output: string | number | boolean }
  }
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
}

/** Most ids that `nodes` takes. */
const MAX_NODES = 100

const FOREIGN_NODE = 'This node belongs to another user, or your role may not read it.'

export const builder = new SchemaBuilder<SchemaTypes>({
  // Without a limit here: `server/query-limits-plugin.ts` checks whole operations before any field runs, subscriptions too.
  plugins: ['access', ScopeAuthPlugin, RelayPlugin, ComplexityPlugin],
  scopeAuth: {
    // The tables of access.ts decide with functions alone.
    authScopes: () => ({}),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { principal }, { parentType, fieldName }) =>
      new ForbiddenError(
        `The role ${principal.role} may not use ${parentType}.${fieldName} this way: docs/reference/access.md says what each role may do.`,
      ),
  },
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    clientMutationId: 'omit',
    // The connection multiplies what is selected of it by its page.
    edgesFieldOptions: { nullable: { list: false, items: false }, complexity: { field: 1, multiplier: 1 } },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: false,
    nodeQueryOptions: { complexity: 250, description: 'A user, an item or a model by its field id.' },
    nodesQueryOptions: {
      description: 'Users, items and models by their field id, in the order of ids. Null for an unknown one.',
      complexity: ({ ids }) => {
        const nodes = Math.min(ids.length, MAX_NODES)
        return { field: 250 * nodes, multiplier: nodes }
      },
      // One that the caller may not read is an error in its place, and takes no other with it.
      resolve: async (_root, { ids }, { principal }, _info, resolveNodes) => {
        const nodes = await resolveNodes([...atMost('ids', ids, MAX_NODES)])
        return nodes.map((node, i) => (mayReadNode(principal, ids[i]) ? node : (new ForbiddenError(FOREIGN_NODE) as never)))
      },
    },
    encodeGlobalID: encodeNodeId,
    decodeGlobalID: decodeNodeId,
  },
})

builder.queryType()
builder.mutationType()
builder.subscriptionType()
