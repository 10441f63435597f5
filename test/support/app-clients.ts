import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { Client, type Exchange, fetchExchange, subscriptionExchange } from '@urql/core'
import { OperationTypeNode } from 'graphql'
import { createClient as createSocketClient } from 'graphql-ws'
import { firstValueFrom } from 'rxjs'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Answer, answerOf, type Variables } from './graphql-client.ts'

/** Sends one operation with a token. @returns the answer, or the first message of a subscription */
export type AskAs = (
  url: string,
  credential: string,
  operation: { readonly query: string; readonly kind: `${OperationTypeNode}`; readonly variables: Variables },
) => Promise<Answer>

function socketOf(url: string, credential: string) {
  const client = createSocketClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${credential}` },
  })
  onTestFinished(() => client.dispose())
  return client
}

const headersOf = (credential: string) => ({ authorization: `Bearer ${credential}`, accept: 'application/json' })

/** Apollo Client, with the links that its documents recommend. */
export const askApollo: AskAs = (url, credential, operation) =>
  askByApollo(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socketOf(url, credential)),
      new HttpLink({ uri: url, headers: headersOf(credential) }),
    ),
    operation,
  )

/** Apollo Client, with everything over WebSocket. */
export const askApolloBySocket: AskAs = (url, credential, operation) =>
  askByApollo(new GraphQLWsLink(socketOf(url, credential)), operation)

async function askByApollo(link: ApolloLink, { query, kind, variables }: Parameters<AskAs>[2]): Promise<Answer> {
  const client = new ApolloClient({ cache: new InMemoryCache(), link })
  onTestFinished(() => client.stop())
  const document = gql(query)
  const { data, error } =
    kind === 'subscription'
      ? await firstValueFrom(client.subscribe({ query: document, variables, fetchPolicy: 'no-cache', errorPolicy: 'all' }))
      : kind === 'mutation'
        ? await client.mutate({ mutation: document, variables, fetchPolicy: 'no-cache', errorPolicy: 'all' })
        : await client.query({ query: document, variables, fetchPolicy: 'no-cache', errorPolicy: 'all' })
  return answerOf({ data, ...(error && { errors: [{ message: error.message }] }) })
}

/** urql, with the exchanges that its documents recommend. */
export const askUrql: AskAs = (url, credential, operation) =>
  askByUrql(url, credential, [fetchExchange, socketExchange(url, credential)], operation)

/** urql, with everything over WebSocket. */
export const askUrqlBySocket: AskAs = (url, credential, operation) =>
  askByUrql(url, credential, [socketExchange(url, credential, true)], operation)

/** urql, with everything over HTTP: subscriptions are event streams. */
export const askUrqlBySse: AskAs = (url, credential, operation) => askByUrql(url, credential, [fetchExchange], operation)

function socketExchange(url: string, credential: string, enableAllOperations = false): Exchange {
  const socket = socketOf(url, credential)
  return subscriptionExchange({
    enableAllOperations,
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: variables as Variables }, sink as never) }),
    }),
  })
}

async function askByUrql(
  url: string,
  credential: string,
  exchanges: Exchange[],
  { query, kind, variables }: Parameters<AskAs>[2],
): Promise<Answer> {
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchSubscriptions: exchanges.length === 1,
    fetchOptions: { headers: { authorization: `Bearer ${credential}` } },
    exchanges,
  })
  const { data, error } =
    kind === 'subscription'
      ? await new Promise<{ data?: unknown; error?: Error }>((resolve) => {
          const { unsubscribe } = client.subscription(query, variables).subscribe((result) => {
            resolve(result)
            queueMicrotask(unsubscribe)
          })
        })
      : await client[kind](query, variables).toPromise()
  return answerOf({ data, ...(error && { errors: [{ message: error.message }] }) })
}

/** A client written from the text of the graphql-transport-ws protocol alone. */
export const askByProtocol: AskAs = (url, credential, { query, variables }) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
    onTestFinished(() => socket.terminate())
    const send = (message: object) => socket.send(JSON.stringify(message))
    socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } }))
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)))
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; id?: string; payload?: unknown }
      if (message.type === 'connection_ack') send({ type: 'subscribe', id: '1', payload: { query, variables } })
      else if (message.type === 'ping') send({ type: 'pong' })
      else if (message.type === 'next') resolve(answerOf(message.payload))
      else if (message.type === 'error') resolve(answerOf({ errors: message.payload }))
    })
  })
