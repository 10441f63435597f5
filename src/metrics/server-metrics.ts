import { Gauge, type Registry } from 'prom-client'
import { REJECTIONS, type Rejection } from '../auth/rejection.ts'
import { CLIENT_CODES, type ClientCode } from '../errors.ts'
import { CLOSE_CODES } from '../server/close-codes.ts'
import {
  LIMITED,
  type Limited,
  OPERATION_KINDS,
  type OperationKind,
  type OutcomeCode,
  type ServerObserver,
} from '../server/server-observer.ts'
import { CountTable } from './count-table.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { Label, OTHER, WHOLE } from './label.ts'

const CODES: readonly OutcomeCode[] = ['OK', ...(Object.keys(CLIENT_CODES) as ClientCode[])]
/** Of a close frame without a code (RFC 6455, 7.1.5). */
const NO_CODE = 1005
/** Statuses of requests and upgrades that are refused before GraphQL. */
const STATUSES = ['400', '403', '404', '405', '413', '415', '421', '429', '503'] as const

/** Counts the operations and connections of clients. */
export class ServerMetrics implements ServerObserver {
  readonly #operations: CountTable<OperationKind, OutcomeCode>
  readonly #durations: DurationHistogram<OperationKind>
  readonly #turnedAway: CountTable<string, ''>
  readonly #rejections: CountTable<Rejection, ''>
  readonly #limited: CountTable<Limited, ''>
  readonly #closed: CountTable<string, ''>
  #running = 0

  constructor(registry: Registry) {
    const kinds = new Label('operation', OPERATION_KINDS)
    this.#operations = new CountTable(
      registry,
      {
        name: 'liverank_operations_total',
        help: 'Number of GraphQL operations, by the code of the first error. A subscription counts once, when it opens.',
      },
      kinds,
      new Label('code', CODES),
    )
    this.#durations = new DurationHistogram(
      registry,
      {
        name: 'liverank_operation_duration_seconds',
        help: 'Time to answer a GraphQL operation, or to open a subscription.',
      },
      kinds,
    )
    const running = () => this.#running
    new Gauge({
      name: 'liverank_operations_running',
      help: 'Number of GraphQL operations that the service is answering.',
      registers: [registry],
      collect() {
        this.set(running())
      },
    })
    const count = <Value extends string>(name: `liverank_${string}`, help: string, label: Label<Value>) =>
      new CountTable(registry, { name, help }, label, WHOLE)
    this.#turnedAway = count(
      'liverank_http_refusals_total',
      'Number of HTTP requests, also for WebSockets, that the service refused before it read a GraphQL operation, by the HTTP status.',
      Label.declared('status', STATUSES),
    )
    this.#rejections = count(
      'liverank_authentication_failures_total',
      'Number of requests and WebSockets without a valid token or key. `missing`: the caller sent none. `malformed`: it sent neither a token nor a key. `key`: the key is unknown or revoked. `token`: the token is not valid, for example because it has expired. `unavailable`: the service could not fetch the public keys of the issuer of the token.',
      new Label('kind', REJECTIONS),
    )
    this.#limited = count(
      'liverank_rate_limited_total',
      'How often a client reached a limit, by what the service then did. `operation`: it refused a GraphQL operation. `connection`: it refused a connection, or closed one because its address held too many bytes: answers that it did not read, or bodies and messages that it did not finish. `socket`: it closed a WebSocket, because the user had too many. `stream`: it refused a stream of server-sent events. `message`: it delayed a message of a subscription.',
      new Label('what', LIMITED),
    )
    this.#closed = count(
      'liverank_websocket_closes_total',
      'Number of closed WebSockets, by the [close code](errors.md). With 4508, the client read too slowly.',
      Label.declared('code', [...Object.values(CLOSE_CODES), NO_CODE].map(String)),
    )
  }

  began(): void {
    this.#running++
  }

  answered(kind: OperationKind, code: OutcomeCode, tookMs: number): void {
    this.#running--
    this.#operations.add(kind, code)
    this.#durations.add(kind, tookMs)
    if (code === 'RATE_LIMITED') this.#limited.add('operation', '')
  }

  refused(code: OutcomeCode): void {
    this.#operations.add(OTHER, code)
    if (code === 'RATE_LIMITED') this.#limited.add('operation', '')
  }

  turnedAway(status: number): void {
    this.#turnedAway.add(String(status), '')
  }

  unauthenticated(why: Rejection): void {
    this.#rejections.add(why, '')
  }

  limited(what: Exclude<Limited, 'operation'>): void {
    this.#limited.add(what, '')
  }

  socketClosed(code: number): void {
    this.#closed.add(String(code), '')
    if (code === CLOSE_CODES.TOO_MANY_SOCKETS) this.#limited.add('socket', '')
  }
}
