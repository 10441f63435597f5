/** Clients of Redis: for commands, for signals, and for one master of a cluster or behind sentinels. */
export const REDIS_CLIENTS = ['commands', 'subscriber', 'master'] as const
export type RedisClient = (typeof REDIS_CLIENTS)[number]

/**
 * Reasons why a reply of Redis fails. `memory`: Redis is out of memory. `moving`: it starts or moves to another server.
 * `timeout`: it does not answer in time. `refused`: it refuses the command. `connection`: the connection is broken.
 */
export const FAILED_REPLIES = ['memory', 'moving', 'timeout', 'refused', 'connection'] as const
export type FailedReply = (typeof FAILED_REPLIES)[number]

/** Counts of the errors and commands of a store on Redis since the process started. */
export interface RedisFigures {
  /** Errors of connections, by client. */
  readonly errors: Readonly<Record<RedisClient, number>>
  /** Attempts to connect again after a connection broke, by client. */
  readonly reconnects: Readonly<Record<RedisClient, number>>
  /** Commands that failed, by reason. */
  readonly failedReplies: Readonly<Record<FailedReply, number>>
  /** Commands that were sent and are not answered yet. */
  readonly commandsInFlight: number
}

/** The state of the journal of an embedded store. */
export interface JournalFigures {
  /** Log entries that wait to be written. */
  readonly waiting: number
  /** Writes and syncs that failed. */
  readonly failures: number
}

/** Kinds of data that the embedded store holds in memory. */
export const HELD = ['users', 'items', 'events', 'event_ids', 'sums', 'slates'] as const
export type Held = (typeof HELD)[number]

/** The amount of data that the embedded store holds in memory. */
export interface MemoryFigures {
  /** Users with a value, items, users with kept events, event ids, rows of shared sums, and served slates. */
  readonly entries: Readonly<Record<Held, number>>
  /**
   * Measures the memory of each kind, in bytes. For shared sums, it estimates the memory from some of their rows. For the other kinds, it
   * returns the size of buffers and typed arrays, without the keys; for slates, of those in memory, with their index.
   */
  bytes(): Readonly<Record<Held, number>>
}

/** Figures of a store about its own work at this moment. Reading them sends no request. */
export interface StoreFigures {
  /** Undefined if the store has no journal. */
  readonly journal?: JournalFigures | undefined
  /** Undefined for the embedded store. */
  readonly redis?: RedisFigures
  /** Undefined for Redis, which holds all of it itself. */
  readonly memory?: MemoryFigures
}
