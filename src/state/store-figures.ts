/** Clients of Redis: for commands, for signals, and for one master of a cluster or behind sentinels. */
export const REDIS_CLIENTS = ['commands', 'subscriber', 'master'] as const
export type RedisClient = (typeof REDIS_CLIENTS)[number]

/**
 * Why a reply of Redis fails: Redis is out of memory; it starts or moves to another server; it does not answer in time; it refuses
 * the command; or the connection is broken.
 */
export const FAILED_REPLIES = ['memory', 'moving', 'timeout', 'refused', 'connection'] as const
export type FailedReply = (typeof FAILED_REPLIES)[number]

/** What a store in Redis has met since the process started. */
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

export interface JournalFigures {
  /** Log entries that wait to be written. */
  readonly waiting: number
  /** Writes and syncs that failed. */
  readonly failures: number
}

/** What the embedded store holds in memory. */
export const HELD = ['users', 'items', 'events', 'event_ids', 'sums', 'slates'] as const
export type Held = (typeof HELD)[number]
/** Of these, the store knows how many bytes they take. */
export const MEASURED = ['users', 'items', 'events', 'event_ids', 'slates'] as const satisfies readonly Held[]
export type Measured = (typeof MEASURED)[number]

/** What the embedded store holds in memory. */
export interface MemoryFigures {
  /** Users with a value, items, users with kept events, event ids, rows of shared sums, and served slates. */
  readonly entries: Readonly<Record<Held, number>>
  /** Bytes of buffers and typed arrays, without the keys; of slates in memory, with their index. */
  readonly bytes: Readonly<Record<Measured, number>>
}

/** What a store knows of its own work, at this moment. Reading it asks nobody. */
export interface StoreFigures {
  /** Undefined if the store has no journal. */
  readonly journal?: JournalFigures | undefined
  /** Undefined for the embedded store. */
  readonly redis?: RedisFigures
  /** Undefined for Redis, which holds all of it itself. */
  readonly memory?: MemoryFigures
}
