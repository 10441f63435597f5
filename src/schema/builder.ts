import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import { ForbiddenError } from '../errors.ts'
import type { JsonObject } from '../state/user-value.ts'
import { mayReadNode } from './roles-by-field.ts'
import './access-plugin.ts'
import { atMost, MAX_SLATE } from './argument-checks.ts'
import { type Context, FOREIGN_NODE } from './context.ts'
import { decodeNodeId, encodeNodeId } from './node-id.ts'

/** What TypeScript must know about the schema: the context of resolvers, and the values of each scalar as input and output. */
export interface SchemaTypes {
  Context: Context
  Connection: { totalCount?: number; asOf?: number; isSampled?: boolean }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: unknown; Output: Date | number }
    JSONObject: { Input: unknown; Output: JsonObject }
    AttributeValue: { Input: string | number | boolean; Output: string | number | boolean }
  }
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
}

/** Most ids that `nodes` takes. */
const MAX_NODES = 100

/** Points for reading the kept events of one id. */
export const EVENTS_OF_ID = 500

/** Complexity of reading a node: that of a slate counts its items, as in the query `slate`. */
function nodeCost(id: unknown): { readonly field: number; readonly multiplier: number } {
  const { typename } = decodeNodeId(String(id))
  if (typename === 'Slate') return { field: 1500, multiplier: MAX_SLATE }
  return { field: typename === 'Event' ? EVENTS_OF_ID : 250, multiplier: 1 }
}

/** The Pothos builder to which each file of this folder adds its types and fields. `schema.ts` builds the schema from it. */
export const builder = new SchemaBuilder<SchemaTypes>({
  // Without a limit here: `server/query-limits-plugin.ts` checks whole operations before any field runs, subscriptions too.
  plugins: ['access', RelayPlugin, ComplexityPlugin],
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
    nodeFieldOptions: { nullable: false, description: 'The entry itself, without its place in the list.' },
    cursorFieldOptions: {
      description:
        'Place of the entry in the list. Pass it in the argument `after` to get the entries that follow this one. Pass it in `before` to get the entries that come before this one.',
    },
    defaultConnectionTypeOptions: {
      description: 'One page of a long list. To get the next page, pass its `pageInfo.endCursor` as `after`.',
    },
    defaultEdgeTypeOptions: { description: 'An entry of a page, with its place in the list.' },
    pageInfoTypeOptions: {
      description:
        'Where a page is in its list: whether entries come before and after the page, and the cursors of its first and last entry.',
    },
    pageInfoFieldOptions: {
      description: 'Whether there are entries before and after this page, and the cursors of its first and last entry.',
    },
    hasNextPageFieldOptions: { description: 'Whether entries follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether entries come before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first entry of the page. Null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last entry of the page. Null for an empty page.' },
    firstArgOptions: {
      description:
        'Number of entries to return, from the start of the list or after the cursor `after`. At most 500. If neither `first` nor `last` is given, the page has 20 entries.',
    },
    lastArgOptions: {
      description: 'Number of entries to return, from the end of the list or before the cursor `before`. At most 500.',
    },
    afterArgOptions: {
      description: 'A cursor from an earlier page. The page then starts with the entry that follows this cursor.',
    },
    beforeArgOptions: {
      description: 'A cursor from an earlier page. The page then ends with the entry that comes before this cursor.',
    },
    nodeTypeOptions: { description: 'Anything that the queries `node` and `nodes` find by its id.' },
    idFieldOptions: { description: 'Id that is unique among all types. Client caches use it, and the query `node` takes it.' },
    nodesOnConnection: false,
    nodeQueryOptions: {
      complexity: ({ id }) => nodeCost(id),
      description:
        'The object whose field `id` has this value: a user, an event, an item, a slate, a model or a key. Null if there is none. Clients with a cache use this query to read an object again.',
      args: { id: { description: 'The field `id` of the object.' } },
    },
    nodesQueryOptions: {
      description: 'The objects with these `ids`, in the same order. An element is null if nothing has this id.',
      args: { ids: { description: 'Up to 100 ids, each taken from the field `id` of an object.' } },
      complexity: ({ ids }) => {
        const costs = ids.slice(0, MAX_NODES).map(nodeCost)
        const sum = (part: 'field' | 'multiplier') => costs.reduce((total, cost) => total + cost[part], 0)
        return { field: sum('field'), multiplier: sum('multiplier') }
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
  description:
    'What a client can change. If an operation has several mutations and one fails, the answer has null for it. The others take effect all the same.',
})
builder.subscriptionType({ description: 'What the service sends when something changes, over WebSocket or server-sent events.' })
