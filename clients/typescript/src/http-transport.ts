import type { Clock } from './clock.ts'
import type { TypedDocumentString } from './operations.ts'
import { failureOf, RequestFailure } from './request-failure.ts'

const LONGEST_REQUEST_MS = 30_000

/** Browsers send at most 64 KiB for pages that are gone. Half of it leaves room for other requests of the page. */
const LARGEST_KEPT_ALIVE = 32 * 1024

/** Codes for answers of proxies, which are no GraphQL. */
const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
}

export interface HttpTransportOptions {
  /** Endpoint of the service, such as `https://recommendations.example/graphql`. */
  readonly url: string
  readonly clock: Clock
  readonly fetch: typeof fetch
}

/** Sends GraphQL operations over HTTP, one request each. */
export class HttpTransport {
  readonly #options: HttpTransportOptions

  constructor(options: HttpTransportOptions) {
    this.#options = options
  }

  /**
   * Sends an operation, and returns the `data` of its answer.
   *
   * @param token shown to the service; none if undefined
   * @throws RequestFailure if the operation as a whole failed
   */
  async send<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    token: string | undefined,
  ): Promise<Data> {
    const body = JSON.stringify({ query: document.toString(), variables })
    const { response, answer } = await this.#post(body, token)
    if (typeof answer !== 'object' || answer === null) throw unusable(response)
    const { data, errors } = answer as { data?: Data | null; errors?: unknown }
    const failure = failureOf(errors)
    if (failure) throw failure
    if (data === undefined || data === null) throw unusable(response)
    return data
  }

  /** Gives up if the whole answer is not here in time. */
  async #post(body: string, token: string | undefined): Promise<{ response: Response; answer: unknown }> {
    const { url, clock, fetch } = this.#options
    const aborted = new AbortController()
    const stopWaiting = clock.after(LONGEST_REQUEST_MS, () => aborted.abort())
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body,
        signal: aborted.signal,
        // The request goes on if the user leaves the page.
        keepalive: body.length * 3 < LARGEST_KEPT_ALIVE,
      })
      return { response, answer: await response.json().catch(() => undefined) }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new RequestFailure('UNREACHABLE', `The service at ${url} cannot be reached: ${why}`)
    } finally {
      stopWaiting()
    }
  }
}

function unusable({ status, headers }: Response): RequestFailure {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return new RequestFailure(
    CODES_BY_STATUS[status] ?? 'UNREACHABLE',
    `The answer is not one of the service: it has the HTTP status ${status}, and no GraphQL data.`,
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  )
}
