/**
 * Memory that one compressed connection takes, in bytes: its deflate stream, the inflate stream of a WebSocket, and their buffers.
 * Measured as growth of the resident memory, with `STREAM_DEFLATE`.
 */
const CONNECTION_BYTES = 144 * 1024

/** Options of zlib for connections that stay open. An 8 KiB window holds the slate before, which the next one resembles. */
export const STREAM_DEFLATE = { windowBits: 13, memLevel: 6, level: 6 } as const

/** Answers shorter than this are sent as they are, in bytes: compression saves little, and costs as much as recording an event. */
export const COMPRESSED_FROM_BYTES = 1024

/** Shares out memory among connections that stay open and compress. */
export class CompressionBudget {
  readonly #most: number
  #taken = 0

  /** @param megabytes memory to share out, in MiB */
  constructor(megabytes: number) {
    this.#most = Math.floor((megabytes * 2 ** 20) / CONNECTION_BYTES)
  }

  /** Whether another connection may compress. */
  get hasRoom(): boolean {
    return this.#taken < this.#most
  }

  /** Takes the memory of one connection. @returns a function that gives it back; calls after the first do nothing */
  take(): () => void {
    this.#taken++
    let isHeld = true
    return () => {
      if (isHeld) this.#taken--
      isHeld = false
    }
  }
}
