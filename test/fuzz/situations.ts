/**
 * Situations in which the service is known to fail. Each is generated once the list holds `true` for it, or when it is asked for
 * by `--with`.
 */
export interface Situations {
  /** Numbers beyond 1e12 in attributes: sums overflow, and the store cannot be read any more. */
  readonly extremeNumbers: boolean
  /** Several `eraseUser` at once: the embedded store loses its journal. */
  readonly parallelErasures: boolean
  /** Merges and erasures in one run: erasing the owner of a chain leaves a part of it behind. */
  readonly erasedMerges: boolean
  /** Queries that are nested or paged beyond what the service answers in a second. */
  readonly heavyQueries: boolean
}

export const SITUATIONS: Situations = {
  extremeNumbers: false,
  parallelErasures: false,
  erasedMerges: false,
  heavyQueries: false,
}

/** @throws Error naming the word that is no situation */
export function situationsWith(words: readonly string[]): Situations {
  const known = Object.keys(SITUATIONS)
  const unknown = words.find((word) => word !== 'all' && !known.includes(word))
  if (unknown !== undefined) throw new Error(`--with ${unknown}: name some of ${known.join(', ')}, or all.`)
  const isOn = (word: keyof Situations) => SITUATIONS[word] || words.includes(word) || words.includes('all')
  return {
    extremeNumbers: isOn('extremeNumbers'),
    parallelErasures: isOn('parallelErasures'),
    erasedMerges: isOn('erasedMerges'),
    heavyQueries: isOn('heavyQueries'),
  }
}

/** Complaints of the service that are known and not mended yet. A pattern is struck out when what it stands for is mended. */
export const KNOWN_COMPLAINTS: readonly RegExp[] = [
  // Mistakes of clients, which yoga logs as errors.
  /"level":50,.*"0":\{"message":".*"locations":/,
  // The same error again, without a name, beside "an operation failed".
  /"level":50,.*"name":"liverank","0":\{\}\}$/,
  // What graphql-ws says of sockets that break, or break the protocol.
  /^Internal error (emitted on a WebSocket socket|occurred during message handling)/,
]
