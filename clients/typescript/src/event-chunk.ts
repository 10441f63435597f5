import type { QueuedEvent } from './queue-storage.ts'

/**
 * Bytes of events in one request. A device may send messages of 256 KiB to the service, over WebSocket. The rest is room for the text of
 * the operation.
 */
export const CHUNK_BYTES = 240 * 1024

/** Events in one request. More would use up the rate of a user at once. */
export const CHUNK_EVENTS = 200

/** Size of an event in a request, in bytes: JSON in UTF-8, and a comma. */
export function bytesOf(event: unknown): number {
  const text = JSON.stringify(event)
  let bytes = text.length + 1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // Each half of a surrogate pair stands for two of the four bytes of its character.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** Returns the first events, in their order, that fit into one request. It is at least one event, if there is one. */
export function firstChunk(events: readonly QueuedEvent[], limit: number): QueuedEvent[] {
  const chunk: QueuedEvent[] = []
  let bytes = 0
  for (const queued of events) {
    bytes += bytesOf(queued.event)
    if (chunk.length > 0 && (chunk.length >= limit || bytes > CHUNK_BYTES)) break
    chunk.push(queued)
  }
  return chunk
}
