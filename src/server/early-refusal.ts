import type { IncomingMessage, ServerResponse } from 'node:http'
import { GraphQLError, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql'
import { z } from 'zod'
import type { Ingest } from '../events/ingest.ts'
import type { NetworkGate } from './network-gate.ts'
import { ORDINARY_BODY_BYTES } from './request-body.ts'

const params = z.object({
  query: z.string().optional(),
  documentId: z.string().optional(),
  extensions: z.unknown().optional(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()),
})

/** As far as the metrics and the answer need it. GraphQL looks at the rest once the event is not refused. */
const event = z.object({ eventType: z.string(), eventId: z.string().nullish() })

/** An operation that does nothing but record one event, which is in a variable. */
interface RecordsOne {
  /** Name of the field in the answer. */
  readonly responseKey: string
  readonly variable: string
  /** Where the field is in the document. */
  readonly locations: GraphQLError['locations']
}

/**
 * Refuses single events of an overloaded process before GraphQL, which takes a large part of the time of recording an event. If only
 * GraphQL refused events, a few times as many as the process can record would leave no time for slates. Looks only at requests over
 * HTTP, and only during overload. The answer is the one that GraphQL would give if the operation is valid.
 */
export class EarlyRefusal {
  readonly #ingest: Ingest
  readonly #gate: NetworkGate
  /** By operation: parsed documents are kept, so each is looked at once. */
  readonly #known = new WeakMap<OperationDefinitionNode, RecordsOne | 'other'>()
  /** Requests with an event that were let through and are not answered. */
  #letThrough = 0

  constructor(ingest: Ingest, gate: NetworkGate) {
    this.#ingest = ingest
    this.#gate = gate
  }

  /** Tells from its headers whether a request may be refused now. */
  mayApplyTo({ headers }: IncomingMessage): boolean {
    if (!this.#ingest.isRefusing || headers.accept?.includes('text/event-stream')) return false
    return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= ORDINARY_BODY_BYTES
  }

  /** Answers a request if its event is refused. @returns false if the request is to be served as usual */
  answers(body: Buffer, { headers }: IncomingMessage, response: ServerResponse): boolean {
    const found = this.#eventOf(body)
    if (!found) return false
    const error = this.#ingest.refuseEarly(found.event, this.#letThrough)
    if (!error) {
      this.#letThrough++
      response.once('close', () => this.#letThrough--)
      return false
    }
    const { origins, observer } = this.#gate
    observer?.began()
    observer?.answered('recordEvent', 'UNAVAILABLE', 0)
    const { message, code, retryAfterMs } = error
    const { responseKey, locations } = found.operation
    const errors = [{ message, locations, path: [responseKey], extensions: { code, retryAfterMs } }]
    const type = headers.accept?.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json'
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...origins.answerHeaders(headers.origin) })
    response.end(JSON.stringify({ errors, data: { [responseKey]: null } }))
    return true
  }

  /** Returns the event of a body, if its operation does nothing but record it and its document is parsed already. */
  #eventOf(body: Buffer): { readonly event: z.infer<typeof event>; readonly operation: RecordsOne } | undefined {
    const sent = params.safeParse(parsedJson(body))
    if (!sent.success) return undefined
    const text = this.#gate.persisted.documentOf(sent.data)
    const document = typeof text === 'string' ? this.#gate.documents.documentCache.get(text) : undefined
    const operation = document && getOperationAST(document, sent.data.operationName)
    if (!operation) return undefined
    const recordsOne = this.#recordsOne(operation)
    if (recordsOne === 'other') return undefined
    const read = event.safeParse(sent.data.variables[recordsOne.variable])
    return read.success ? { event: read.data, operation: recordsOne } : undefined
  }

  #recordsOne(operation: OperationDefinitionNode): RecordsOne | 'other' {
    let known = this.#known.get(operation)
    if (known === undefined) {
      known = singleEventOf(operation)
      this.#known.set(operation, known)
    }
    return known
  }
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json'

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function singleEventOf({ operation, selectionSet }: OperationDefinitionNode): RecordsOne | 'other' {
  const [field, ...others] = selectionSet.selections
  if (operation !== 'mutation' || others.length > 0 || field?.kind !== Kind.FIELD) return 'other'
  const { name, alias, directives, arguments: given } = field
  const input = given?.find((argument) => argument.name.value === 'input')?.value
  if (name.value !== 'recordEvent' || directives?.length || input?.kind !== Kind.VARIABLE) return 'other'
  const { locations } = new GraphQLError('', { nodes: field })
  return { responseKey: alias?.value ?? name.value, variable: input.name.value, locations }
}
