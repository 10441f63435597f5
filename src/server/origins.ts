import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import proxyaddr from 'proxy-addr'
import type { NetworkSettings } from '../settings/network-settings.ts'
import { type ProxyTrust, parseProxyTrust } from '../settings/trusted-proxies.ts'
import { addressGroup } from './address-group.ts'

/** How long a browser may keep the answer to a preflight, in seconds. */
const PREFLIGHT_SECONDS = 7200
const PAGE_SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:'])
/** Names of headers, separated by commas. */
const HEADER_NAMES = /^[\w-]+(?:\s*,\s*[\w-]+)*$/

/** Decides which pages may use the service, by which names it may be reached, and whose requests come through a proxy. */
export class Origins {
  readonly #origins: ReadonlySet<string>
  readonly #hosts: ReadonlySet<string>
  readonly #trust: ProxyTrust
  /** The host that was allowed last. Nearly all requests name the same. */
  #usual: string | undefined

  constructor({ ALLOWED_ORIGINS, ALLOWED_HOSTS, TRUST_PROXY }: NetworkSettings) {
    this.#origins = new Set(ALLOWED_ORIGINS)
    this.#hosts = new Set(ALLOWED_HOSTS)
    this.#trust = parseProxyTrust(TRUST_PROXY)
  }

  /**
   * Whether the service may be reached by this name. Without this check, a page could have its own name lead to the address of the
   * service (DNS rebinding), and so be of the same origin. An address as the name cannot be turned to lead elsewhere.
   */
  allowsHost(host: string | undefined): boolean {
    if (host === undefined || this.isUsualHost(host)) return true
    const { hostname } = new URL(`http://${host}`)
    const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
    // Not names below `localhost`: some systems ask DNS for them, and so whoever answers it.
    const isAllowed = hostname === 'localhost' || isAddress || this.#hosts.has(hostname) || this.#hosts.has('*')
    if (isAllowed) this.#usual = host
    return isAllowed
  }

  /** Whether this is the host that was allowed last. */
  isUsualHost(host: string | undefined): boolean {
    return host !== undefined && host === this.#usual
  }

  /** Whether a page of this request's origin may use the service. Clients that are no browser send no origin. */
  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers
    return origin === undefined || this.#origins.has(origin) || this.#isOwn(origin, request)
  }

  /** Headers that let a page of another, allowed origin read the answer. */
  answerHeaders(origin: string | null | undefined): Record<string, string> {
    if (!origin || !this.#origins.has(origin)) return {}
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Retry-After, WWW-Authenticate',
      vary: 'Origin',
    }
  }

  /** Headers of the answer to a browser that asks whether an allowed page may send (preflight); undefined if it may not. */
  preflightHeaders({ origin, ...headers }: IncomingHttpHeaders): Record<string, string> | undefined {
    if (origin === undefined || !this.#origins.has(origin) || headers['access-control-request-method'] !== 'POST')
      return undefined
    const asked = headers['access-control-request-headers']
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      // Which headers a page sends decides nothing here: the token does, and the page has to know it.
      ...(typeof asked === 'string' && HEADER_NAMES.test(asked) && { 'access-control-allow-headers': asked }),
      'access-control-max-age': String(PREFLIGHT_SECONDS),
      vary: 'Origin, Access-Control-Request-Headers',
    }
  }

  /** Name of the address that a connection counts for; undefined if it is not limited: it comes from this machine or from a proxy. */
  ownerOf({ remoteAddress }: Socket): string | undefined {
    if (remoteAddress === undefined || this.#trust(remoteAddress, 0)) return undefined
    return addressGroup(remoteAddress)
  }

  /** Address of the client: that of the connection, or the one that the last trusted proxy names. */
  addressOf(request: IncomingMessage): string | undefined {
    const peer = request.socket.remoteAddress
    // Undefined if the connection is closed already.
    if (peer === undefined || request.headers['x-forwarded-for'] === undefined) return peer
    const [first, ...forwarded] = proxyaddr.all(request, this.#trust)
    // What stands before an entry that is no address may be made up.
    const end = forwarded.findIndex((address) => isIP(address) === 0)
    return (end === -1 ? forwarded : forwarded.slice(0, end)).at(-1) ?? first
  }

  #isOwn(origin: string, request: IncomingMessage): boolean {
    if (!URL.canParse(origin)) return false
    const { host, protocol, origin: canonical } = new URL(origin)
    // Browsers send origins in this form only, and only of the two schemes are they web pages.
    if (origin !== canonical || !PAGE_SCHEMES.has(protocol)) return false
    if (host !== request.headers.host?.toLowerCase()) return false
    const through = request.headers['x-forwarded-proto']
    if (typeof through !== 'string' || !this.#trust(request.socket.remoteAddress ?? '', 0)) return true
    return `${through.split(',')[0].trim()}:` === protocol
  }
}
