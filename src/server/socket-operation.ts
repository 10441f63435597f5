import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql'
import type { Context as SocketContext, SubscribePayload } from 'graphql-ws'
import { codedError, refusedWith } from './coded-error.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import { largestOperation, messageTooLarge } from './message-size.ts'
import type { NetworkGate } from './network-gate.ts'
import { OPERATION_POINTS, tooEarly } from './rate-limits.ts'
import { takeDocumentPoints } from './rate-limits-plugin.ts'
import type { SocketExtra } from './web-socket-connection.ts'

/** The arguments for executing an operation from a socket. The functions in `rootValue` execute it as the HTTP endpoint would. */
export interface YogaExecutionArgs extends ExecutionArgs {
  readonly rootValue: { execute: (args: ExecutionArgs) => unknown; subscribe: (args: ExecutionArgs) => unknown }
}

/**
 * Returns the arguments with which an operation is executed, or the errors for which it is not.
 * @param id the own id of the operation
 */
export async function socketOperation(
  yoga: YogaServer,
  context: SocketContext<Record<string, unknown>, SocketExtra>,
  id: string,
  payload: SubscribePayload,
  gate: NetworkGate,
): Promise<YogaExecutionArgs | readonly GraphQLError[]> {
  const { operationName, variables } = payload
  const { messageBytes, session, request, socket, ids } = context.extra
  const { persisted, operationsPerSocket } = gate
  const most = largestOperation(session?.principal)
  if (messageBytes > most) return [messageTooLarge(messageBytes, most, variables)]
  if (Object.keys(context.subscriptions).length > operationsPerSocket) {
    const message = `More than ${operationsPerSocket} operations at the same time on one WebSocket: end some of them, or open another WebSocket.`
    return [refusedWith('RATE_LIMITED', message)]
  }
  const query = persisted.documentOf(payload) ?? ''
  const wait = await takeDocumentPoints(gate, session?.principal, request, query, OPERATION_POINTS)
  if (wait > 0) return [tooEarly(wait, false)]
  if (query instanceof GraphQLError) return [query]
  const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
    ...context,
    req: request,
    socket,
    session,
    withdrawal: () => ids.withdrawalOf(id),
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
