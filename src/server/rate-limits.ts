import { GraphQLError } from 'graphql'
import type { DevicePrincipal, Principal } from '../auth/principal.ts'
import type { ClientCode } from '../errors.ts'
import type { NetworkSettings } from '../settings/network-settings.ts'
import { MINUTE, SECOND } from '../time-units.ts'
import { addressGroup } from './address-group.ts'
import { MAX_COMPLEXITY } from './operation-cost.ts'
import type { Rate, RateBuckets } from './rate-buckets.ts'
import { MAX_BODY_BYTES, ORDINARY_BODY_BYTES } from './request-body.ts'

/** A bucket holds what flows in during this time, so that an app may send what it has kept while it was offline. */
const BURST_MS = MINUTE
/** Time in which the bytes that a user may store flow in, so that an app may send the events of days without a network. */
const STORED_BURST_MS = 10 * MINUTE
/** As much as the largest operation may store, and more. */
const MOST_STORED_BYTES = 8 * 2 ** 20
/** Points for a document that is not in the cache of parsed ones: a base, and one for every CHARACTERS_A_POINT characters. */
const PARSE_POINTS = 50
const CHARACTERS_A_POINT = 10
/**
 * Points for a large body: none for ordinary ones, then one for every BODY_BYTES_A_POINT bytes. JSON of many small values takes
 * as long to parse.
 */
const BODY_BYTES_A_POINT = 8
/** Answers of at most this many bytes cost no points beyond those of their operation. */
export const ORDINARY_ANSWER_BYTES = 16 * 1024
const ANSWER_BYTES_A_POINT = 64

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

/** Limits how much a user, a key and an address may use over time. */
export class RateLimits {
  readonly #buckets: RateBuckets
  readonly #user: Rate | undefined
  readonly #key: Rate | undefined
  readonly #address: Rate | undefined
  readonly #connections: Rate | undefined
  readonly #stored: Rate | undefined
  /** Buckets of their own, which hold the largest body however low the rate is. */
  readonly #bodies: { readonly user: Rate | undefined; readonly key: Rate | undefined }

  constructor(settings: NetworkSettings, buckets: RateBuckets) {
    const { RATE_PER_USER, RATE_PER_KEY, RATE_PER_ADDRESS, CONNECTIONS_PER_ADDRESS, STORED_PER_USER } = settings
    this.#buckets = buckets
    this.#user = rateOf(RATE_PER_USER)
    this.#stored = rateOf(STORED_PER_USER, STORED_BURST_MS, MOST_STORED_BYTES)
    this.#key = rateOf(RATE_PER_KEY)
    this.#address = rateOf(RATE_PER_ADDRESS)
    const ofBodies = (perSecond: number) => rateOf(perSecond, BURST_MS, MAX_BODY_BYTES / BODY_BYTES_A_POINT)
    this.#bodies = { user: ofBodies(RATE_PER_USER), key: ofBodies(RATE_PER_KEY) }
    this.#connections = CONNECTIONS_PER_ADDRESS === 0 ? undefined : { perMs: CONNECTIONS_PER_ADDRESS / MINUTE, burstMs: BURST_MS }
  }

  /** Takes the points of an operation. @returns 0 if they were there, or after how many ms they are */
  takeOperation({ principal, address }: Caller, points: number): number | Promise<number> {
    if (principal && principal.role !== 'device') {
      const name = principal.keyId ?? principal.subject
      if (name !== undefined) return this.#key ? this.#buckets.take(`key:${name}`, this.#key, points) : 0
      return this.#takeAddress(address, points)
    }
    const ofUser = principal && this.#user ? this.#buckets.take(`user:${principal.userId}`, this.#user, points) : 0
    if (ofUser === 0) return this.#takeAddress(address, points)
    return typeof ofUser === 'number' ? ofUser : ofUser.then((wait) => wait || this.#takeAddress(address, points))
  }

  /** Takes the points for the bytes of an answer, after it was made. The caller pays them before its next operation. */
  chargeAnswer({ principal, address }: Caller, bytes: number): void {
    if (bytes <= ORDINARY_ANSWER_BYTES) return
    const points = (bytes - ORDINARY_ANSWER_BYTES) / ANSWER_BYTES_A_POINT
    const name = principal && nameOfSender(principal)
    const rate = principal?.role === 'device' ? this.#user : this.#key
    if (name !== undefined && rate) this.#buckets.charge(name, rate, points)
    const group = this.#address && (name === undefined || principal?.role === 'device') ? groupOf(address()) : undefined
    if (group !== undefined) this.#buckets.charge(`address:${group}`, this.#address!, points)
  }

  /** Takes the points for parsing and validating a document. */
  takeDocument(caller: Caller, text: string): number | Promise<number> {
    return this.takeOperation(caller, PARSE_POINTS + text.length / CHARACTERS_A_POINT)
  }

  /** Takes the points for reading and parsing a body, or a message of a WebSocket. @returns 0 if they were there, or after how many ms they are */
  takeBody(principal: Principal, bytes: number): number | Promise<number> {
    if (bytes <= ORDINARY_BODY_BYTES) return 0
    const rate = principal.role === 'device' ? this.#bodies.user : this.#bodies.key
    const name = nameOfSender(principal)
    if (!rate || name === undefined) return 0
    return this.#buckets.take(`body:${name}`, rate, (bytes - ORDINARY_BODY_BYTES) / BODY_BYTES_A_POINT)
  }

  /** Whether there is a limit on the bytes that the caller stores over time. */
  limitsStorageOf(principal: Principal): principal is DevicePrincipal {
    return this.#stored !== undefined && principal.role === 'device'
  }

  /** Takes bytes that an operation of a device stores. @returns 0 if they were there, or after how many ms they are */
  takeStored({ userId }: DevicePrincipal, bytes: number): number | Promise<number> {
    return this.#stored ? this.#buckets.take(`stored:${userId}`, this.#stored, bytes) : 0
  }

  /** Counts a new WebSocket of an address. @returns 0 if it may open, or after how many ms it may */
  takeConnection(address: string | undefined): number | Promise<number> {
    return this.#connections ? this.#takeGroup('connections', this.#connections, address, 1) : 0
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

/** @param perSecond points or bytes a second; 0: no limit @param least what a bucket holds at least */
function rateOf(perSecond: number, burstMs = BURST_MS, least = MAX_COMPLEXITY): Rate | undefined {
  if (perSecond === 0) return undefined
  const perMs = perSecond / SECOND
  // A bucket holds as much as the largest operation costs, at least.
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
