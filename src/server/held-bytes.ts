import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { addressGroup } from './address-group.ts'
import type { Origins } from './origins.ts'

/** An answer, a body or a message. */
interface Part {
  readonly connection: Socket
  readonly bytes: number
  readonly close: () => void
}

interface Held {
  bytes: number
  /** The oldest first. */
  readonly parts: Set<Part>
}

/**
 * What is in memory until its client goes on, by the address of the client: large answers that the client has not read, and large bodies and
 * messages of which the client has sent only a part.
 */
export class HeldBytes {
  readonly #most: number
  readonly #origins: Pick<Origins, 'addressOf'>
  readonly #onClosed: (() => void) | undefined
  readonly #byAddress = new Map<string, Held>()

  /**
   * @param most bytes of one address; 0: any number
   * @param onClosed called for each connection that is closed because its address has too many
   */
  constructor(most: number, origins: Pick<Origins, 'addressOf'>, onClosed?: () => void) {
    this.#most = most
    this.#origins = origins
    this.#onClosed = onClosed
  }

  /**
   * Counts an answer until it is read, or the bytes of a body until it is whole. If its address then has too many bytes, the connections that
   * have held theirs for longest are closed. So a client that does not read ends no other one.
   * @param request the request that came or is answered, or that opened the socket
   * @param close closes its connection
   * @returns a function to call when the answer is read, or the body whole, or either given up; calls after the first do nothing
   */
  hold(request: IncomingMessage, bytes: number, close: () => void): () => void {
    const address = this.#most === 0 ? undefined : this.#origins.addressOf(request)
    const owner = address === undefined ? undefined : addressGroup(address)
    if (owner === undefined) return () => {}
    const held = this.#byAddress.get(owner) ?? { bytes: 0, parts: new Set<Part>() }
    this.#byAddress.set(owner, held)
    const part = { connection: request.socket, bytes, close }
    held.parts.add(part)
    held.bytes += bytes
    this.#closeOldest(held)
    return () => {
      this.#release(held, part)
      if (held.parts.size === 0 && this.#byAddress.get(owner) === held) this.#byAddress.delete(owner)
    }
  }

  #closeOldest(held: Held): void {
    for (const oldest of held.parts) {
      if (held.bytes <= this.#most) return
      this.#release(held, oldest)
      if (oldest.connection.destroyed) continue
      oldest.close()
      this.#onClosed?.()
    }
  }

  #release(held: Held, part: Part): void {
    if (held.parts.delete(part)) held.bytes -= part.bytes
  }
}
