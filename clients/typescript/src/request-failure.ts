/** What the service says about an operation that it refused, in the list `errors` of its answer. */
interface ServiceError {
  readonly message: string
  readonly extensions?: { readonly code?: unknown; readonly retryAfterMs?: unknown }
}

/**
 * An operation that failed as a whole. `code` is one of the service's error codes, such as `RATE_LIMITED`. It is `UNREACHABLE` if no
 * answer came, or one that no Liverank service gives.
 */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure'
  readonly code: string
  /** Time after which the service wants to be asked again, in ms. */
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Makes a failure of the first error of a GraphQL answer. Returns undefined if the value is no list of errors. */
export function failureOf(errors: unknown): RequestFailure | undefined {
  if (!Array.isArray(errors) || errors.length === 0) return undefined
  const [{ message, extensions = {} }] = errors as [ServiceError]
  const { code, retryAfterMs } = extensions
  return new RequestFailure(
    typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR',
    message,
    typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  )
}
