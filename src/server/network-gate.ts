import type { Service } from '../service/service.ts'
import type { NetworkSettings } from '../settings/network-settings.ts'
import { CompressionBudget } from './compression-budget.ts'
import { HeldBytes } from './held-bytes.ts'
import { OpenPerOwner } from './open-per-owner.ts'
import { Origins } from './origins.ts'
import { ParsedDocuments } from './parsed-documents.ts'
import { type AllowedDocuments, PersistedOperations } from './persisted-operations.ts'
import { RateBuckets } from './rate-buckets.ts'
import { RateLimits } from './rate-limits.ts'
import type { ServerObserver } from './server-observer.ts'

/** Most users, keys and addresses whose use is counted at the same time: some 30 MB. */
const MOST_BUCKETS = 100_000
const KIB = 1024

export interface GateOptions {
  readonly graphiql: boolean
  /** The documents that clients may send. */
  readonly allowed: AllowedDocuments
  /** Receives the actions of clients. */
  readonly observer?: ServerObserver | undefined
}

/** The limits and checks between the network and the operations, as the settings define them. All transports share them. */
export interface NetworkGate {
  readonly origins: Origins
  /** Decides which documents run. */
  readonly persisted: PersistedOperations
  /** Whether clients may read the schema, and errors suggest its names. */
  readonly introspection: boolean
  readonly documents: ParsedDocuments
  readonly rates: RateLimits
  readonly sockets: OpenPerOwner
  /** Connections of each address. */
  readonly connections: OpenPerOwner
  /** Largest answer in bytes, for a device and for any other caller. */
  readonly answerBytes: { readonly device: number; readonly other: number }
  /** What an address has in memory: answers that it has not read, and messages and bodies that it has not sent to their end. */
  readonly held: HeldBytes
  /** Event streams over HTTP: each is a subscription. */
  readonly streams: OpenPerOwner
  /** Most operations that run on one WebSocket. */
  readonly operationsPerSocket: number
  /** Memory budget of compressed streams; undefined turns compression off. */
  readonly compression: CompressionBudget | undefined
  /** Receives the actions of clients; undefined if nothing observes them. */
  readonly observer: ServerObserver | undefined
}

/** Makes the limits and checks of a server from its settings. */
export function makeGate(service: Service, network: NetworkSettings, { graphiql, allowed, observer }: GateOptions): NetworkGate {
  const { INTROSPECTION, COMPRESSION, COMPRESSION_MB } = network
  const { buckets: shared, clock } = service
  const buckets = new RateBuckets({ shared, monotonic: () => clock.monotonic(), most: MOST_BUCKETS })
  const origins = new Origins(network)
  return {
    documents: new ParsedDocuments(),
    rates: new RateLimits(network, buckets),
    sockets: new OpenPerOwner(network.SOCKETS_PER_USER),
    connections: new OpenPerOwner(network.OPEN_CONNECTIONS_PER_ADDRESS),
    streams: new OpenPerOwner(network.SOCKETS_PER_USER),
    operationsPerSocket: network.OPERATIONS_PER_SOCKET,
    origins,
    answerBytes: { device: network.DEVICE_ANSWER_KB * KIB, other: network.ANSWER_KB * KIB },
    held: new HeldBytes(network.UNREAD_MB_PER_ADDRESS * KIB * KIB, origins, () => observer?.limited('connection')),
    persisted: new PersistedOperations(allowed),
    introspection: graphiql || INTROSPECTION,
    compression: COMPRESSION ? new CompressionBudget(COMPRESSION_MB) : undefined,
    observer,
  }
}
