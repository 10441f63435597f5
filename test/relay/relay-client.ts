import { createClient } from 'graphql-ws'
import {
  type ConcreteRequest,
  createOperationDescriptor,
  Environment,
  type GraphQLResponse,
  getPaginationMetadata,
  getPaginationVariables,
  getRefetchMetadata,
  getSingularSelector,
  getValueAtPath,
  Network,
  Observable,
  type ReaderFragment,
  RecordSource,
  Store,
  type Variables,
} from 'relay-runtime'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { post } from '../support/graphql-client.ts'

/** Relay's environment as its documents set it up: HTTP for queries and mutations, graphql-ws for subscriptions. */
export function relayEnvironment(url: string): Environment {
  const sockets = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket })
  onTestFinished(async () => sockets.dispose())
  const network = Network.create(
    async ({ text }, variables) => (await post(url, text!, variables)) as GraphQLResponse,
    ({ text }, variables) =>
      Observable.create<GraphQLResponse>((sink) =>
        sockets.subscribe(
          { query: text!, variables },
          {
            next: (message) => sink.next(message as GraphQLResponse),
            error: (error) => sink.error(error as Error),
            complete: () => sink.complete(),
          },
        ),
      ),
  )
  return new Environment({ network, store: new Store(new RecordSource()) })
}

/** Sends a query and keeps its records, as a mounted screen does. @returns what the query itself selects: references to fragments */
export async function loadScreen(environment: Environment, request: ConcreteRequest, variables: Variables): Promise<unknown> {
  const operation = createOperationDescriptor(request, variables)
  const retained = environment.retain(operation)
  onTestFinished(() => retained.dispose())
  await environment.execute({ operation }).toPromise()
  return environment.lookup(operation.fragment).data
}

// An edge that a mutation puts into the list has no cursor.
const edge = z.object({ cursor: z.string().nullish(), node: z.looseObject({}) })
const connection = z.looseObject({
  __id: z.string().optional(),
  edges: z.array(edge),
  pageInfo: z.object({
    hasNextPage: z.boolean().optional(),
    endCursor: z.string().nullish(),
    hasPreviousPage: z.boolean().optional(),
    startCursor: z.string().nullish(),
  }),
})

/** A list that a user scrolls, as `usePaginationFragment` of react-relay shows it. */
export class ScrolledList {
  readonly #environment: Environment
  readonly #fragment: ReaderFragment
  readonly #reference: unknown

  /** @param reference to the fragment, as the data of its parent holds it */
  constructor(environment: Environment, fragment: ReaderFragment, reference: unknown) {
    this.#environment = environment
    this.#fragment = fragment
    this.#reference = reference
  }

  /** All that has been loaded so far. */
  get shown(): z.infer<typeof connection> {
    const { connectionPathInFragmentData } = getPaginationMetadata(this.#fragment, 'ScrolledList')
    return connection.parse(getValueAtPath(this.#data, connectionPathInFragmentData))
  }

  get hasNext(): boolean {
    return this.shown.pageInfo.hasNextPage === true && this.shown.pageInfo.endCursor != null
  }

  get hasPrevious(): boolean {
    return this.shown.pageInfo.hasPreviousPage === true && this.shown.pageInfo.startCursor != null
  }

  loadNext(count: number): Promise<void> {
    return this.#load('forward', count, this.shown.pageInfo.endCursor)
  }

  loadPrevious(count: number): Promise<void> {
    return this.#load('backward', count, this.shown.pageInfo.startCursor)
  }

  get #selector() {
    return getSingularSelector(this.#fragment, this.#reference)!
  }

  get #data() {
    return this.#environment.lookup(this.#selector).data as Record<string, unknown>
  }

  /** What `useLoadMoreFunction` of react-relay does. */
  async #load(direction: 'forward' | 'backward', count: number, cursor: string | null | undefined): Promise<void> {
    const { paginationRequest, paginationMetadata } = getPaginationMetadata(this.#fragment, 'ScrolledList')
    const { identifierInfo } = getRefetchMetadata(this.#fragment, 'ScrolledList')
    const { owner, variables: own } = this.#selector
    const variables = getPaginationVariables(direction, count, cursor, { ...owner.variables, ...own }, {}, paginationMetadata)
    if (identifierInfo) variables[identifierInfo.identifierQueryVariableName] = this.#data[identifierInfo.identifierField]
    const operation = createOperationDescriptor(paginationRequest, variables, { force: true })
    await this.#environment.execute({ operation }).toPromise()
  }
}
