/** A node by its type and its id within the type. */
export interface NodeId {
  readonly typename: string
  readonly id: string
}

/** Types that `node` finds. */
const NODES: ReadonlySet<string> = new Set(['ApiKey', 'Event', 'Item', 'Model', 'Slate', 'User'])
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

/** With what the global id of each slate begins. The id of no slate does. */
const SLATE_PREFIX = encodeNodeId('Slate', '')

/** Returns the `recommendationId` of a slate that a client names by this id or by its global id. */
export function recommendationIdOf(id: string): string {
  return id.startsWith(SLATE_PREFIX) ? decodeNodeId(id).id : id
}

/** Returns the `keyId` of a key that a client names by this id or by its global id. */
export function keyIdOf(id: string): string {
  const named = decodeNodeId(id)
  return named.typename === 'ApiKey' ? named.id : id
}

/** Writes what names an event within its type: its user and its own id. */
export function eventNodeId({ userId, eventId }: { readonly userId: string; readonly eventId: string }): string {
  return `${encodeURIComponent(userId)}:${eventId}`
}

/** Reads what `eventNodeId` wrote; undefined for another text. */
export function readEventNodeId(id: string): { readonly userId: string; readonly eventId: string } | undefined {
  const [, userId, eventId] = /^([^:]+):(.+)$/s.exec(id) ?? []
  if (userId === undefined) return undefined
  try {
    return { userId: decodeURIComponent(userId), eventId }
  } catch {
    return undefined
  }
}
