/** Codes of the errors that Liverank throws. `CLIENT_CODES` has the codes that clients may receive, library codes included. */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'CONFIGURATION',
  'DAMAGED_LOG',
  'FORBIDDEN',
  'INVARIANT',
  'LAYOUT_MISMATCH',
  'MODEL_CONTRACT',
  'NOT_FOUND',
  'PACKAGES_MISSING',
  'PYTHON_ENVIRONMENT',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'UNREADABLE_STATE',
  'UNUSABLE_DATA',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * Every code that a client may receive, with its meaning: in `extensions.code` of a GraphQL error, or in `code` of an error in the
 * data. Any other error is a defect: clients get INTERNAL_SERVER_ERROR and a masked message.
 */
export const CLIENT_CODES = {
  ANSWER_TOO_LARGE:
    'The answer has more bytes than the service sends at once. Ask for fewer entries or fields. If `extensions` of the error has `applied: true`, the operation was a mutation, and the service has carried it out.',
  BAD_REQUEST: 'The HTTP body is not a GraphQL request in JSON.',
  BAD_USER_INPUT: 'An argument, a variable or an element of the input (such as one event) is wrong. The message names it.',
  FORBIDDEN:
    'The role of the caller may not do this, or may not do it for this user. Or the service does not allow the origin of the web page, or the `Host` header of the request. Nothing was done.',
  GRAPHQL_PARSE_FAILED: 'The document is not valid GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  INTERNAL_SERVER_ERROR: 'The service has a defect. The log of the service has the details.',
  MODEL_CONTRACT:
    'The file of the model is damaged, or the model needs something that the service does not have, such as a feature.',
  NOT_FOUND: 'Something that the operation names does not exist, such as an item, a model or a key.',
  OPERATION_RESOLUTION_FAILURE: '`operationName` is not the name of an operation in the document.',
  PAYLOAD_TOO_LARGE: 'The WebSocket message or the HTTP body is too large. The text of the error says how to split it.',
  PERSISTED_QUERY_NOT_FOUND: 'The request has the SHA-256 hash of a document, but no persisted operation has this hash.',
  PERSISTED_QUERY_NOT_SUPPORTED:
    'The request has only the hash of a document, and the service has no persisted operations. Send the document itself.',
  PERSISTED_QUERY_ONLY: 'The service runs only persisted operations, and the document of the request is not one of them.',
  QUERY_TOO_COMPLEX: 'The operation exceeds a limit, such as the number of nested fields. The message names the limit.',
  RATE_LIMITED:
    'The caller sends too many operations, or runs too many at the same time. Send the operation again later. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds.',
  UNAUTHENTICATED: 'The token or the key is missing, not valid, expired or revoked. Nothing was done.',
  UNAVAILABLE:
    'The store did not answer, or the service has too much to do. Send the same operation again. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds first.',
  UNREADABLE_STATE:
    'The stored data of one user is damaged. The service records nothing about this user until an operator has repaired the data.',
} as const

export type ClientCode = keyof typeof CLIENT_CODES

/** Codes after which a client can send the same operation again. */
export const RETRY_CODES: ReadonlySet<string | undefined> = new Set<ClientCode>(['RATE_LIMITED', 'UNAVAILABLE'])

/** Base class of all errors of Liverank. Callers can rely on `code`, while the text of `message` may change. */
export class LiverankError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A domain that cannot be used. The message lists all problems, each after its path in the domain definition. */
export class DomainError extends LiverankError {
  readonly problems: readonly string[]

  /** @param domain name of the domain, or the path of its file */
  constructor(domain: string, problems: readonly string[], options?: ErrorOptions) {
    super('CONFIGURATION', `The domain ${domain} is not usable.\n  ${problems.join('\n  ')}`, options)
    this.problems = problems
  }
}

/**
 * An event or other uploaded row with invalid content: sending it again unchanged fails again. `field` is the path within the
 * input.
 */
export class InvalidInputError extends LiverankError {
  readonly field: string | undefined
  constructor(message: string, field?: string) {
    super('BAD_USER_INPUT', message)
    this.field = field
  }
}

/** The caller shows no valid token or key. Nothing was done. */
export class UnauthenticatedError extends LiverankError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAUTHENTICATED', message, options)
  }
}

/** The role of the caller may not do this, or not for this user. Nothing was done. */
export class ForbiddenError extends LiverankError {
  constructor(message: string) {
    super('FORBIDDEN', message)
  }
}

/**
 * The id of a device was merged into another user. The device may still record events under this id. But its token does not prove that
 * the device belongs to the other user.
 */
export class MergedIdError extends ForbiddenError {
  constructor() {
    super(
      'This id was merged into another user, so a token of this id may only record events. For everything else, send a token of the other user.',
    )
  }
}

/** The store or its journal did not answer. Nothing was partly applied, so the same call can be sent again. */
export class UnavailableError extends LiverankError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options)
  }
}

/** The service has too much to do now. It has not begun this request. */
export class OverloadedError extends UnavailableError {
  /** Time after which the same request can be sent again, in ms. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(`The service has more events than it can record now: send this event again after ${retryAfterMs} ms.`)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * The stored state of one user cannot be decoded. Records nothing for this user until an operator restores the store or erases the
 * user.
 */
export class UnreadableStateError extends LiverankError {
  /** Id of the user, for the log. The message does not contain it: a device that sends a merged id may not learn the other id. */
  readonly userId: string

  constructor(userId: string, options?: ErrorOptions) {
    super(
      'UNREADABLE_STATE',
      'The stored state of this user cannot be read, so nothing is recorded about them. Restore the store from a copy, or erase the user (eraseUser) and send the event again.',
      options,
    )
    this.userId = userId
  }
}

/** The store has data in a format that this version does not read: an earlier or a later version wrote it. */
export class OtherFormatError extends LiverankError {
  /** @param where place of the data, such as the path of a snapshot @param what the data and its format */
  constructor(where: string, what: string) {
    super(
      'LAYOUT_MISMATCH',
      `${where} has ${what}, which this version does not read. Start the version that wrote it, or move the log: export it with that version (liverank export), and import it into an empty store with this one (liverank import).`,
    )
  }
}

/** The request names a thing that does not exist. `field` is the path of the name within the input. */
export class NotFoundError extends LiverankError {
  readonly field: string | undefined
  constructor(message: string, field?: string) {
    super('NOT_FOUND', message)
    this.field = field
  }
}

/** A model is damaged, or needs something that the service does not have. `field` names the feature or metadata entry that does not match. */
export class ModelContractError extends LiverankError {
  readonly field: string | undefined
  constructor(message: string, field?: string) {
    super('MODEL_CONTRACT', message)
    this.field = field
  }
}
