import { GraphQLError } from 'graphql'
import type { DevicePrincipal, Principal } from '../auth/principal.ts'
import type { ClientCode } from '../errors.ts'
import type { NetworkSettings } from '../settings/network-settings.ts'
import { MINUTE, SECOND } from '../time-units.ts'
import { addressGroup } from './address-group.ts'
import { MAX_COMPLEXITY } from './operation-cost.ts'
import { MAX_COMPARISONS } from './query-shape-limits.ts'
import type { Rate, RateBuckets } from './rate-buckets.ts'
import { MAX_BODY_BYTES, ORDINARY_BODY_BYTES } from './request-body.ts'
import { MAX_VALUES } from './variables.ts'

/** A bucket holds what flows in during this time, so that an app may send what it has kept while it was offline. */
const BURST_MS = MINUTE
/** The same for an address: as long at most, its devices may together take all of a process. */
const ADDRESS_BURST_MS = 10 * SECOND
/** Time in which the bytes that a user may store flow in, so that an app may send the events of days without a network. */
const STORED_BURST_MS = 10 * MINUTE
/** As much as the largest operation may store, and more. */
const MOST_STORED_BYTES = 8 * 2 ** 20
/**
 * Points of each operation, also of one that is refused: for its message, the check of its token, and its answer. They are taken before
 * anything else is done.
 */
export const OPERATION_POINTS = 400
/** Points for a document that is not in the cache of parsed ones: a base, and one for every CHARACTERS_A_POINT characters. */
const PARSE_POINTS = 500
const CHARACTERS_A_POINT = 5
/** Number of values in the variables of an operation that cost one point, and of comparisons that its document needs. */
const VALUES_A_POINT = 2
const COMPARISONS_A_POINT = 5
/**
 * Points for a large body: none for ordinary ones, then one for every BODY_BYTES_A_POINT bytes. JSON of many small values takes
 * as long to parse.
 */
const BODY_BYTES_A_POINT = 8
/** Answers of at most this many bytes cost no points beyond those of their operation. */
export const ORDINARY_ANSWER_BYTES = 16 * 1024
const ANSWER_BYTES_A_POINT = 64

/** Returns the points for parsing and validating a document. */
export function documentPoints(text: string): number {
  return PARSE_POINTS + text.length / CHARACTERS_A_POINT
}

/** Returns the points for the size of an operation, beside those of its complexity. */
export function sizePoints(values: number, comparisons: number): number {
  return values / VALUES_A_POINT + comparisons / COMPARISONS_A_POINT
}

/** Points of the dearest operation whose document is parsed. */
const DEAREST = OPERATION_POINTS + MAX_COMPLEXITY + sizePoints(MAX_VALUES, MAX_COMPARISONS)
/** Points of the largest body. */
const DEAREST_BODY = MAX_BODY_BYTES / BODY_BYTES_A_POINT

/** The sender of an operation, and its address. */
export interface Caller {
  /** Undefined before it is known. */
  readonly principal: Principal | undefined
  /** Returns the address of the client; undefined if the connection is closed. Not every caller's is needed. */
  readonly address: () => string | undefined
}

/** Returns the name of the user or key that pays for what a caller sends; undefined for callers without limits. */
export function nameOfSender(principal: Principal): string | undefined {
  if (principal.role === 'device') return `user:${principal.userId}`
  const name = principal.keyId ?? principal.subject
  return name === undefined ? undefined : `key:${name}`
}

/** Tells whether a caller pays by its key or its subject, and so not by its address. */
export function isServer(principal: Principal): boolean {
  return principal.role !== 'device' && nameOfSender(principal) !== undefined
}

/** The rates of devices and of servers, each undefined if there is no limit. */
interface OwnRates {
  readonly user: Rate | undefined
  readonly key: Rate | undefined
}

/** Takes from one bucket, and then from another if the first had the points. */
function inTurn(first: number | Promise<number>, second: () => number | Promise<number>): number | Promise<number> {
  if (first === 0) return second()
  return typeof first === 'number' ? first : first.then((wait) => wait || second())
}

/**
 * Limits how much a user, a key and an address may use over time. Each method that takes points returns 0 if they were there, or after how
 * many ms they are.
 */
export class RateLimits {
  readonly #buckets: RateBuckets
  readonly #operations: OwnRates
  /** Buckets of their own, which hold the largest body however low the rate is. */
  readonly #bodies: OwnRates
  /** Devices at an address share one bucket for all that they send. */
  readonly #address: Rate | undefined
  readonly #connections: Rate | undefined
  readonly #stored: Rate | undefined

  constructor(settings: NetworkSettings, buckets: RateBuckets) {
    const { RATE_PER_USER, RATE_PER_KEY, RATE_PER_ADDRESS, CONNECTIONS_PER_ADDRESS, STORED_PER_USER } = settings
    this.#buckets = buckets
    const rates = (burstMs: number, least: number) => ({
      user: rateOf(RATE_PER_USER, burstMs, least),
      key: rateOf(RATE_PER_KEY, burstMs, least),
    })
    this.#operations = rates(BURST_MS, DEAREST)
    this.#bodies = rates(BURST_MS, DEAREST_BODY)
    this.#address = rateOf(RATE_PER_ADDRESS, ADDRESS_BURST_MS, DEAREST + DEAREST_BODY)
    this.#stored = rateOf(STORED_PER_USER, STORED_BURST_MS, MOST_STORED_BYTES)
    this.#connections = CONNECTIONS_PER_ADDRESS === 0 ? undefined : { perMs: CONNECTIONS_PER_ADDRESS / MINUTE, burstMs: BURST_MS }
  }

  /** Takes OPERATION_POINTS from the address of a request or a socket. Its sender need not be known. */
  takeArrival(address: () => string | undefined): number | Promise<number> {
    return this.#takeAddress(address, OPERATION_POINTS)
  }

  /** Takes the points for the bytes of an answer, after it was made. The caller pays them before its next operation. */
  chargeAnswer(caller: Caller, bytes: number): void {
    if (bytes > ORDINARY_ANSWER_BYTES) this.charge(caller, (bytes - ORDINARY_ANSWER_BYTES) / ANSWER_BYTES_A_POINT)
  }

  /** Takes points for what was done already. The caller pays them before its next operation. */
  charge({ principal, address }: Caller, points: number): void {
    if (points <= 0) return
    const name = principal && nameOfSender(principal)
    const rate = principal?.role === 'device' ? this.#operations.user : this.#operations.key
    if (name !== undefined && rate) this.#buckets.charge(name, rate, points)
    if (!this.#address || (principal && isServer(principal))) return
    const group = groupOf(address())
    if (group !== undefined) this.#buckets.charge(`address:${group}`, this.#address, points)
  }

  /** Takes the points of a request from its sender, before its body is read: the address has paid on arrival. @param bytes of the body */
  takeRequest(caller: Caller, bytes: number): number | Promise<number> {
    return inTurn(this.#takeOwn(caller, '', this.#operations, OPERATION_POINTS), () => this.takeBody(caller, bytes))
  }

  /** Takes points for an operation from its sender and its address. Servers are not limited by their address. */
  takeOperation(caller: Caller, points: number): number | Promise<number> {
    return this.#take(caller, '', this.#operations, points)
  }

  /** Takes the points for reading and parsing a body, or a message of a WebSocket. */
  takeBody(caller: Caller, bytes: number): number | Promise<number> {
    if (bytes <= ORDINARY_BODY_BYTES) return 0
    return this.#take(caller, 'body:', this.#bodies, (bytes - ORDINARY_BODY_BYTES) / BODY_BYTES_A_POINT)
  }

  /** Whether there is a limit on the bytes that the caller stores over time. */
  limitsStorageOf(principal: Principal): principal is DevicePrincipal {
    return this.#stored !== undefined && principal.role === 'device'
  }

  /** Takes bytes that an operation of a device stores. */
  takeStored({ userId }: DevicePrincipal, bytes: number): number | Promise<number> {
    return this.#stored ? this.#buckets.take(`stored:${userId}`, this.#stored, bytes) : 0
  }

  /** Counts a new WebSocket of an address. */
  takeConnection(address: string | undefined): number | Promise<number> {
    return this.#connections ? this.#takeGroup('connections', this.#connections, address, 1) : 0
  }

  #take(caller: Caller, kind: string, rates: OwnRates, points: number): number | Promise<number> {
    const { principal, address } = caller
    const own = this.#takeOwn(caller, kind, rates, points)
    if (principal && isServer(principal)) return own
    return inTurn(own, () => this.#takeAddress(address, points))
  }

  #takeOwn({ principal }: Caller, kind: string, { user, key }: OwnRates, points: number): number | Promise<number> {
    const rate = principal?.role === 'device' ? user : key
    const name = principal && nameOfSender(principal)
    return rate && name !== undefined ? this.#buckets.take(kind + name, rate, points) : 0
  }

  #takeAddress(addressOf: () => string | undefined, points: number): number | Promise<number> {
    return this.#address ? this.#takeGroup('address', this.#address, addressOf(), points) : 0
  }

  #takeGroup(name: string, rate: Rate, address: string | undefined, points: number): number | Promise<number> {
    const group = groupOf(address)
    return group === undefined ? 0 : this.#buckets.take(`${name}:${group}`, rate, points)
  }
}

function groupOf(address: string | undefined): string | undefined {
  return address === undefined ? undefined : addressGroup(address)
}

/** @param perSecond points or bytes a second; 0: no limit @param least what a bucket holds at least: as much as is taken at once */
function rateOf(perSecond: number, burstMs: number, least: number): Rate | undefined {
  if (perSecond === 0) return undefined
  const perMs = perSecond / SECOND
  return { perMs, burstMs: Math.max(burstMs, least / perMs) }
}

/**
 * Makes the error for an operation that comes too early.
 * @param isHttp whether it is answered by HTTP, with status 429 and `Retry-After`
 */
export function tooEarly(waitMs: number, isHttp: boolean): GraphQLError {
  const retryAfterMs = Math.ceil(waitMs)
  const http = { status: 429, headers: { 'Retry-After': String(Math.ceil(retryAfterMs / SECOND)) } }
  const code: ClientCode = 'RATE_LIMITED'
  return new GraphQLError(`Too many operations: send this one again after ${retryAfterMs} ms.`, {
    extensions: { code, retryAfterMs, ...(isHttp && { http }) },
  })
}
