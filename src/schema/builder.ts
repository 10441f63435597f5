import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import type { JsonObject } from '../state/user-value.ts'
import { atMost } from './argument-checks.ts'
import type { Context } from './context.ts'

export interface SchemaTypes {
  Context: Context
  Connection: { totalCount?: number }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Timestamp: { Input: number; Output: number }
    JSONObject: { Input: { [key: string]: unknown }; Output: JsonObject }
    AttributeValue: { Input: string | number | boolean; Output: string | number | boolean }
  }
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
}

/** Types that `node` finds. */
const NODES: ReadonlySet<string> = new Set(['Item', 'Model', 'User'])
/** Most ids that `nodes` takes. */
const MAX_NODES = 100
/** An id that cannot be read names nothing, and is answered as any other that is not known: no item has the empty id. */
const NOTHING = { typename: 'Item', id: '' }

export const builder = new SchemaBuilder<SchemaTypes>({
  // Without a limit here: `server/query-limits-plugin.ts` checks whole operations before any field runs, subscriptions too.
  plugins: [RelayPlugin, ComplexityPlugin],
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
      resolve: (_root, { ids }, _context, _info, resolveNodes) => resolveNodes([...atMost('ids', ids, MAX_NODES)]),
    },
    encodeGlobalID: (typename, id) => Buffer.from(`${typename}:${id}`).toString('base64'),
    decodeGlobalID: (globalId) => {
      const [typename, ...id] = Buffer.from(globalId, 'base64').toString().split(':')
      return NODES.has(typename) ? { typename, id: id.join(':') } : NOTHING
    },
  },
})

builder.queryType()
builder.mutationType()
builder.subscriptionType()
