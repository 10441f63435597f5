/** A message of graphql-transport-ws, parsed. */
interface Message {
  readonly type: string
  readonly id: string
}

/** What the protocol library writes first in a message about an operation. */
const OWN_ID = /^\{"id":"(\d+)"/
const LAST = /^,"type":"(?:complete|error)"/

/**
 * Gives each operation of a socket an id of its own. The protocol library keeps operations by their id: where a client ends an
 * operation and uses its id again before the server is done with the first, the library takes one for the other. It would answer the
 * second with the result of the first, and never end a stream.
 */
export class OperationIds {
  /** Own id of each operation that the client has not ended, by the id of the client. */
  readonly #own = new Map<string, string>()
  /** The same the other way round. */
  readonly #clients = new Map<string, string>()
  /** By own id: tells an operation that nobody waits for its answer any more. Only of operations that asked for it: streams do not. */
  readonly #withdrawals = new Map<string, AbortController>()
  #last = 0

  /**
   * Returns a message of the client with the own id of its operation. What is no message about an operation is returned as it is.
   * @returns undefined for the end of an operation that is over
   * @throws IdInUseError if the client begins an operation under the id of another one
   */
  incoming(message: unknown): unknown {
    if (!isMessage(message)) return message
    const { type, id } = message
    const own = this.#own.get(id)
    if (type === 'subscribe') {
      if (own !== undefined) throw new IdInUseError(id)
      return { ...message, id: this.#begin(id) }
    }
    if (type !== 'complete') return message
    if (own === undefined) return undefined
    this.#withdrawals.get(own)?.abort()
    this.#end(own, id)
    return { ...message, id: own }
  }

  /**
   * Returns a signal that is aborted when the client ends the operation or closes the socket. It is aborted already if the operation is
   * over.
   * @param own the own id of the operation
   */
  withdrawalOf(own: string): AbortSignal {
    if (!this.#clients.has(own)) return AbortSignal.abort()
    let withdrawal = this.#withdrawals.get(own)
    if (!withdrawal) {
      withdrawal = new AbortController()
      this.#withdrawals.set(own, withdrawal)
    }
    return withdrawal.signal
  }

  /** Withdraws all operations, because the socket is closed. */
  withdrawAll(): void {
    for (const withdrawal of this.#withdrawals.values()) withdrawal.abort()
    this.#withdrawals.clear()
    this.#clients.clear()
    this.#own.clear()
  }

  /** Whether an operation that the client has not ended has this id. */
  has(id: string): boolean {
    return this.#own.has(id)
  }

  /** Returns a message of the server with the id of the client; undefined if the client has ended the operation. */
  outgoing(text: string): string | undefined {
    const [start, own] = OWN_ID.exec(text) ?? []
    if (start === undefined || own === undefined) return text
    const id = this.#clients.get(own)
    if (id === undefined) return undefined
    const rest = text.slice(start.length)
    if (LAST.test(rest)) this.#end(own, id)
    return `{"id":${JSON.stringify(id)}${rest}`
  }

  #begin(id: string): string {
    const own = String(++this.#last)
    this.#own.set(id, own)
    this.#clients.set(own, id)
    return own
  }

  #end(own: string, id: string): void {
    this.#own.delete(id)
    this.#clients.delete(own)
    this.#withdrawals.delete(own)
  }
}

/** A client began an operation under the id of one that it has not ended. */
export class IdInUseError extends Error {
  /** @param id the id of the client */
  constructor(id: string) {
    super(`Subscriber for ${id} already exists`)
  }
}

function isMessage(message: unknown): message is Message {
  if (typeof message !== 'object' || message === null) return false
  const { type, id } = message as Partial<Message>
  return typeof type === 'string' && typeof id === 'string' && id !== ''
}
