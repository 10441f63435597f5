/**
 * All codes with which the service or its libraries close a WebSocket: codes of RFC 6455 (1xxx) and of the protocol
 * graphql-transport-ws (44xx, 4500). docs/reference/errors.md explains each for clients.
 */
export const CLOSE_CODES = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  ABNORMAL: 1006,
  INVALID_TEXT: 1007,
  MESSAGE_TOO_LARGE: 1009,
  TRY_AGAIN_LATER: 1013,
  BAD_MESSAGE: 4400,
  UNAUTHORIZED: 4401,
  FORBIDDEN: 4403,
  SUBPROTOCOL_NOT_ACCEPTABLE: 4406,
  INITIALISATION_TIMEOUT: 4408,
  OPERATION_ALREADY_EXISTS: 4409,
  TOO_MANY_INITIALISATIONS: 4429,
  INTERNAL_ERROR: 4500,
  /** A code of this service: the token has expired. Unlike at 4401, clients of the protocol connect again by themselves. */
  TOKEN_EXPIRED: 4440,
  /** A code of this service: the client reads too slowly, and too much data waits. */
  READS_TOO_SLOWLY: 4508,
  /** A code of this service: the user has as many sockets as allowed. */
  TOO_MANY_SOCKETS: 4509,
  /** A code of this service: the client sends too many pings or pongs. */
  TOO_MANY_PINGS: 4510,
  /** A code of this service: the client has sent a message only in part, and its address has too much in memory. */
  SENDS_TOO_SLOWLY: 4511,
} as const
