import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import type { JsonObject } from '../state/user-value.ts'
import type { Context } from './context.ts'

export interface SchemaTypes {
  Context: Context
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
/** An id that cannot be read names nothing, and is answered as any other that is not known: no item has the empty id. */
const NOTHING = { typename: 'Item', id: '' }

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    clientMutationId: 'omit',
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: false,
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

/** Every error that is data. */
export const ErrorInterface = builder.interfaceRef<{ message: string }>('Error').implement({
  description:
    "Every error that is data: a member of a result union, or a row's. Ask for `... on Error { message }`, so that members added later are not silent.",
  fields: (t) => ({ message: t.exposeString('message') }),
})
