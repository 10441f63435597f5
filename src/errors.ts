/** Codes of the errors that Liverank throws. `CLIENT_CODES` lists the codes that clients may receive, library codes included. */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'CONFIGURATION',
  'DAMAGED_LOG',
  'INVARIANT',
  'LAYOUT_MISMATCH',
  'MODEL_CONTRACT',
  'NOT_FOUND',
  'PYTHON_ENVIRONMENT',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'UNREADABLE_STATE',
  'UNUSABLE_DATA',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * Every value of `extensions.code` that a client may receive. Any other error is a defect: clients get INTERNAL_SERVER_ERROR and a
 * masked message.
 */
export const CLIENT_CODES = [
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
  'OPERATION_RESOLUTION_FAILURE',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'UNREADABLE_STATE',
] as const

export type ClientCode = (typeof CLIENT_CODES)[number]

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

/** The store or its journal did not answer. Nothing was partly applied, so the same call can be sent again. */
export class UnavailableError extends LiverankError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options)
  }
}

/**
 * The stored state of one user cannot be decoded. Records nothing for this user until an operator restores the store or erases the
 * user.
 */
export class UnreadableStateError extends LiverankError {
  constructor(userId: string, options?: ErrorOptions) {
    super(
      'UNREADABLE_STATE',
      `The stored state of user ${userId} cannot be read, so nothing is recorded about them. Restore the store from a copy, or erase the user (eraseUser) and send the event again.`,
      options,
    )
  }
}

/** The request names a thing that does not exist. */
export class NotFoundError extends LiverankError {
  constructor(message: string) {
    super('NOT_FOUND', message)
  }
}

/** A model that needs something the service does not have. `field` names the feature or metadata entry that does not match. */
export class ModelContractError extends LiverankError {
  readonly field: string | undefined
  constructor(message: string, field?: string) {
    super('MODEL_CONTRACT', message)
    this.field = field
  }
}
