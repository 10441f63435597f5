/** A node by its type and its id within the type. */
export interface NodeId {
  readonly typename: string
  readonly id: string
}

/** Types that `node` finds. */
const NODES: ReadonlySet<string> = new Set(['Item', 'Model', 'User'])
/** An id that cannot be read names nothing, and is answered as any other that is not known: no item has the empty id. */
const NOTHING: NodeId = { typename: 'Item', id: '' }

/** Encodes the global id of a node: the Base64 of `<typename>:<id>`. */
export function encodeNodeId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

/** Decodes a global id. An invalid id, or one of another type, becomes the id of an item that cannot exist. */
export function decodeNodeId(globalId: string): NodeId {
  const [typename, ...id] = Buffer.from(globalId, 'base64').toString().split(':')
  return NODES.has(typename) ? { typename, id: id.join(':') } : NOTHING
}
