import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { addressGroup } from './address-group.ts'
import type { Origins } from './origins.ts'

interface Answer {
  readonly connection: Socket
  readonly bytes: number
  readonly close: () => void
}

interface Unread {
  bytes: number
  /** The oldest first. */
  readonly answers: Set<Answer>
}

/** The large answers that are in memory until their clients have read them, by the address of the client. */
export class UnreadAnswers {
  readonly #most: number
  readonly #origins: Pick<Origins, 'addressOf'>
  readonly #onClosed: (() => void) | undefined
  readonly #byAddress = new Map<string, Unread>()

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
   * Counts an answer until it is read. If its address then has too many unread bytes, the connections that have left an answer unread for
   * longest are closed. So a client that does not read ends no other one.
   * @param request the request that is answered, or that opened the socket
   * @param close closes its connection
   * @returns a function to call when the answer is read or given up; calls after the first do nothing
   */
  hold(request: IncomingMessage, bytes: number, close: () => void): () => void {
    const address = this.#most === 0 ? undefined : this.#origins.addressOf(request)
    const owner = address === undefined ? undefined : addressGroup(address)
    if (owner === undefined) return () => {}
    const unread = this.#byAddress.get(owner) ?? { bytes: 0, answers: new Set<Answer>() }
    this.#byAddress.set(owner, unread)
    const answer = { connection: request.socket, bytes, close }
    unread.answers.add(answer)
    unread.bytes += bytes
    this.#closeOldest(unread)
    return () => {
      this.#release(unread, answer)
      if (unread.answers.size === 0 && this.#byAddress.get(owner) === unread) this.#byAddress.delete(owner)
    }
  }

  #closeOldest(unread: Unread): void {
    for (const oldest of unread.answers) {
      if (unread.bytes <= this.#most) return
      this.#release(unread, oldest)
      if (oldest.connection.destroyed) continue
      oldest.close()
      this.#onClosed?.()
    }
  }

  #release(unread: Unread, answer: Answer): void {
    if (unread.answers.delete(answer)) unread.bytes -= answer.bytes
  }
}
