import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Rejection } from '../auth/rejection.ts'
import { type ErrorCode, LiverankError, OverloadedError } from '../errors.ts'
import { InvariantError } from '../invariant.ts'
import { logErrorOnce } from '../logging/log-error-once.ts'
import type { Context } from '../schema/context.ts'
import { ItemFeatureLoader } from '../schema/item-feature-loader.ts'
import { schema } from '../schema/schema.ts'
import type { Service } from '../service/service.ts'
import { LANGUAGES } from '../slate/reason-text.ts'
import { answerLimits } from './answer-limits.ts'
import { RequestAuthentication } from './authentication-plugin.ts'
import { endingStreams } from './ending-streams-plugin.ts'
import { heldSubscriptions } from './held-subscriptions.ts'
import { httpCompression } from './http-compression.ts'
import { countedBodies } from './json-values.ts'
import type { NetworkGate } from './network-gate.ts'
import { observedRequests } from './observed-operations.ts'
import type { Origins } from './origins.ts'
import { queryLimits } from './query-limits-plugin.ts'
import { admitOperation, chargePoints, parsingRates, requestRates, storageLimit, takePoints } from './rate-limits-plugin.ts'
import type { SocketSession } from './socket-session.ts'

/** A language range with its weight, such as de-CH;q=0.8; RFC 9110, 12.4.2 and 12.5.4. */
const RANGE = /^\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i

/**
 * Returns the available language that an Accept-Language header prefers. Compares first subtags only: de matches de-CH (RFC 4647,
 * 3.4). Ignores ranges that cannot be parsed.
 * @param available languages such as en and de; the first stands for any (`*`)
 * @returns undefined if the header is missing or accepts none of them
 */
export function acceptedLanguage(header: string | null | undefined, available: readonly string[]): string | undefined {
  const wanted = (header ?? '').split(',').flatMap((text) => {
    const [, range, weight = '1'] = RANGE.exec(text) ?? []
    if (range === undefined) return []
    return { language: range.split('-')[0].toLowerCase(), weight: Number(weight) }
  })
  const refused = wanted.filter(({ weight }) => weight === 0).map(({ language }) => language)
  const left = available.filter((language) => !refused.includes(language))
  // Stable: of equal weights the first.
  for (const { language, weight } of wanted.sort((a, b) => b.weight - a.weight)) {
    if (weight === 0) break
    const found = language === '*' ? left[0] : left.find((one) => one === language)
    if (found !== undefined) return found
  }
  return undefined
}

/** Path of the API for HTTP, server-sent events and WebSocket. */
export const GRAPHQL_PATH = '/graphql'

/** Codes of our own errors that clients may see. Everything else is a defect, and reaches them masked. */
const PUBLIC_CODES: ReadonlySet<ErrorCode> = new Set([
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'QUERY_TOO_COMPLEX',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'UNREADABLE_STATE',
])

/** The fetch handler that `makeYoga` returns. */
export type YogaServer = ReturnType<typeof makeYoga>

export interface YogaOptions {
  readonly logger: Logger
  /** Called for the response of each subscription. */
  readonly onStream?: (response: ServerResponse) => void
  /** The limits and checks from the network settings. */
  readonly gate: NetworkGate
}

/**
 * Makes the GraphQL endpoint as a fetch handler. It serves HTTP and server-sent events itself, and WebSocket through
 * `serveWebSocket`.
 */
export function makeYoga(service: Service, options: YogaOptions) {
  const { logger, onStream, gate } = options
  const { introspection, compression, observer } = gate
  const onRejected = observer && ((why: Rejection) => observer.unauthenticated(why))
  const charge: Context['charge'] = (context, points) => chargePoints(gate, context, points)
  const authentication = new RequestAuthentication(service.authenticator, onRejected)
  return createYoga<{ req?: IncomingMessage; session?: SocketSession; withdrawal?: () => AbortSignal }, Context>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    // `refusals.ts` limits bodies. The limit of Yoga pipes each body through a stream of its own, for up to a third of a request's CPU.
    maxRequestBodySize: false,
    cors: false,
    // `graphiql-page.ts` serves it.
    graphiql: false,
    context: ({ request, req, session, withdrawal = () => request.signal }) => {
      // An operation over WebSocket is no request: what counts is the one that opened the socket.
      const header = request?.headers.get('accept-language') ?? req?.headers['accept-language']
      const language = acceptedLanguage(header, LANGUAGES)
      const principal = session?.principal ?? (request && authentication.principalOf(request))
      if (!principal) throw new InvariantError('NO_PRINCIPAL', 'An operation was not authenticated.')
      const renewToken = session && ((token: string) => session.renew(token))
      const storage = storageLimit(gate.rates, principal, request !== undefined)
      return {
        service,
        principal,
        renewToken,
        withdrawal,
        storage,
        charge,
        itemFeatures: new ItemFeatureLoader(service),
        language,
      }
    },
    maskedErrors: { maskError: (error, message) => publicError(error, message, logger) },
    logging: {
      debug: (...parts) => logger.debug({ parts }, 'yoga'),
      info: (...parts) => logger.debug({ parts }, 'yoga'),
      warn: (...parts) => logger.warn({ parts }, 'yoga'),
      error: (...parts) => logFailure(parts, logger),
    },
    parserAndValidationCache: gate.documents,
    plugins: [
      ...(observer ? [observedRequests(observer)] : []),
      authentication.plugin(),
      requestRates(gate, (request) => authentication.principalOf(request)),
      endingStreams(service.authenticator, gate.streams, () => observer?.limited('stream')),
      queryLimits({
        suggests: introspection,
        admit: (context, points) => admitOperation(gate, context, points),
        take: (context, points) => takePoints(gate, context, points),
        onPaced: () => observer?.limited('message'),
      }),
      answerLimits(gate),
      heldSubscriptions(gate.held),
      countedBodies,
      parsingRates(gate, (request) => authentication.principalOf(request)),
      gate.persisted.plugin(),
      authentication.pluginBehindBody(),
      ...(introspection ? [] : [withoutIntrospection]),
      ...(onStream ? [streams(onStream)] : []),
      crossOrigin(gate.origins),
      ...(compression ? [httpCompression(compression)] : []),
    ],
  })
}

const withoutIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
}

function crossOrigin(origins: Origins): Plugin {
  return {
    onResponse: ({ request, response: { headers } }) => {
      const more = origins.answerHeaders(request.headers.get('origin'))
      for (const name in more) headers.append(name, more[name])
      // Yoga lets caches keep an event stream if they ask again.
      if (headers.has('cache-control')) headers.set('cache-control', 'no-store')
    },
  }
}

function streams(onStream: (response: ServerResponse) => void): Plugin<{ res?: ServerResponse }, { res?: ServerResponse }> {
  const ofSubscriptions = new WeakSet<ServerResponse>()
  return {
    onSubscribe: ({ args: { contextValue } }) => {
      if (contextValue.res) ofSubscriptions.add(contextValue.res)
    },
    onResponse: ({ response, serverContext: { res } }) => {
      if (res && ofSubscriptions.has(res) && response.headers.get('content-type') === 'text/event-stream') onStream(res)
    },
  }
}

/** What GraphQL answers with is logged where it is masked, as a mistake of the client or as a defect. Whatever else Yoga reports is one. */
function logFailure(parts: readonly unknown[], logger: Logger): void {
  const error = parts.find((part) => part instanceof Error)
  if (error instanceof GraphQLError) logger.debug({ error }, 'a request was refused')
  else logger.error(error ? { error } : { parts }, 'a request failed')
}

function adviceOf(error: LiverankError): { readonly retryAfterMs?: number } {
  return error instanceof OverloadedError ? { retryAfterMs: error.retryAfterMs } : {}
}

/** The error as clients see it: GraphQL's own as they are, known ones with their code, defects without detail. */
function publicError(error: unknown, message: string, logger: Logger): Error {
  const original = error instanceof GraphQLError ? error.originalError : error
  if (original instanceof LiverankError && PUBLIC_CODES.has(original.code)) {
    logger.debug({ error: original }, 'an operation was refused')
    const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
    return new GraphQLError(original.message, { ...place, extensions: { code: original.code, ...adviceOf(original) } })
  }
  if (error instanceof GraphQLError && (original == null || original instanceof GraphQLError)) {
    logger.debug({ error }, 'an operation was refused')
    return error
  }
  logErrorOnce(logger, original, 'an operation failed')
  const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  return new GraphQLError(message, { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
}
