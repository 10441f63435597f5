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
    edgesFieldOptions: {
      description: 'The entries of this page, in order.',
      nullable: { list: false, items: false },
      complexity: { field: 1, multiplier: 1 },
    },
    nodeFieldOptions: { nullable: false, description: 'The entry itself.' },
    cursorFieldOptions: {
      description:
        'Place of the entry in the list. Pass it as the argument after to get the entries that follow it, or as before to get those that come before it.',
    },
    defaultConnectionTypeOptions: { description: 'One page of a list.' },
    defaultEdgeTypeOptions: { description: 'An entry of a page, with its place in the list.' },
    pageInfoTypeOptions: { description: 'Where a page is in its list.' },
    pageInfoFieldOptions: { description: 'Where this page is in the list.' },
    hasNextPageFieldOptions: { description: 'Whether entries follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether entries come before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first entry of the page. Null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last entry of the page. Null for an empty page.' },
    firstArgOptions: {
      description:
        'Number of entries to return, from the start of the list or after the cursor `after`. At most 500. If neither `first` nor `last` is given, 20.',
    },
    lastArgOptions: {
      description: 'Number of entries to return, from the end of the list or before the cursor `before`. At most 500.',
    },
    afterArgOptions: { description: 'A cursor from an earlier page. Only entries that follow it.' },
    beforeArgOptions: { description: 'A cursor from an earlier page. Only entries that come before it.' },
    nodeTypeOptions: { description: 'A user, an item or a model: anything that the queries `node` and `nodes` find by its id.' },
    idFieldOptions: { description: 'Id that is unique among all types, for caches of clients and for the query node.' },
    nodesOnConnection: false,
    nodeQueryOptions: {
      complexity: 250,
      description: 'A user, an item or a model by its field `id`. Null if it is unknown.',
      args: { id: { description: 'The field `id` of the user, item or model.' } },
    },
    nodesQueryOptions: {
      description: 'Users, items and models by their field `id`, in the order of `ids`. Null for an unknown one.',
      args: { ids: { description: 'Up to 100 ids, each taken from the field `id` of a user, item or model.' } },
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

builder.queryType({ description: 'What a client can read.' })
builder.mutationType({
  description: 'What a client can change. A field that fails is null, and the others take effect all the same.',
})
builder.subscriptionType({ description: 'What the service sends when something changes, over WebSocket or server-sent events.' })
