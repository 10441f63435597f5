import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import { othersServed } from '../turns.ts'
import { CLOSE_CODES } from './close-codes.ts'
import { codedError, refusedWith } from './coded-error.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import { largestOperation, messageTooLarge } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { OPERATION_POINTS, tooEarly } from './rate-limits.ts'
import { takeDocumentPoints } from './rate-limits-plugin.ts'
import { ORDINARY_BODY_BYTES } from './request-body.ts'
import type { SocketContext } from './served-socket.ts'

/** The arguments for executing an operation from a socket. The functions in `rootValue` execute it as the HTTP endpoint would. */
export interface YogaExecutionArgs extends ExecutionArgs {
  readonly rootValue: { execute: (args: ExecutionArgs) => unknown; subscribe: (args: ExecutionArgs) => unknown }
}

/** Returns the arguments with which an operation is executed, or the errors for which it is not. */
export async function socketOperation(
  yoga: YogaServer,
  context: SocketContext,
  id: string,
  payload: SubscribePayload,
  gate: NetworkGate,
): Promise<YogaExecutionArgs | readonly GraphQLError[]> {
  const { operationName, variables } = payload
  const { extra: served } = context
  const { messageBytes, waitMs, session, request } = served
  const { persisted, operationsPerSocket } = gate
  const former = served.beginOperation(id)
  if (former) {
    served.close(CLOSE_CODES.OPERATION_ALREADY_EXISTS, `Subscriber for ${id} already exists`)
    await former.done
    return [refusedWith('BAD_USER_INPUT', 'The id of an operation is that of another one that is not over: choose a new one.')]
  }
  if (waitMs > 0) return [tooEarly(waitMs, false)]
  const most = largestOperation(session?.principal)
  if (messageBytes > most) return [messageTooLarge(messageBytes, most, variables)]
  if (served.running > operationsPerSocket) {
    const message = `More than ${operationsPerSocket} operations at the same time on one WebSocket: end some of them, or open another WebSocket.`
    return [refusedWith('RATE_LIMITED', message)]
  }
  // The values of a large message have been parsed in this turn.
  if (messageBytes > ORDINARY_BODY_BYTES) await othersServed()
  const query = persisted.documentOf(payload) ?? ''
  const wait = await takeDocumentPoints(gate, session?.principal, request, query, OPERATION_POINTS)
  if (wait > 0) return [tooEarly(wait, false)]
  if (query instanceof GraphQLError) return [query]
  const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
    ...context,
    req: request,
    session,
    withdrawal: () => served.withdrawalOf(id, context),
    params: { operationName, query, variables },
  })
  let document: ReturnType<typeof parse>
  try {
    document = parse(query)
  } catch (error) {
    // Thrown from here it would close the whole socket, with every other operation on it.
    return [codedError(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
  }
  const errors = validationErrors(() => validate(schema, document))
  if (errors.length > 0) return errors.map((error) => codedError(error, 'GRAPHQL_VALIDATION_FAILED'))
  if (!getOperationAST(document, operationName)) {
    const message = 'The operation is not in the document: name one of its operations in operationName.'
    return [refusedWith('OPERATION_RESOLUTION_FAILURE', message)]
  }
  return {
    schema,
    operationName: operationName ?? null,
    document,
    variableValues: variables ?? null,
    contextValue: await contextFactory(),
    rootValue: { execute, subscribe },
  }
}

/** A rule of the GraphQL library throws where a directive of a subscription has an argument of another type, such as `@include(if: 7)`. */
function validationErrors(validate: () => readonly GraphQLError[]): readonly GraphQLError[] {
  try {
    return validate()
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}
