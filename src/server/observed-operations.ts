import type { ExecutionArgs } from 'graphql'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { CLIENT_CODES } from '../errors.ts'
import type { Context } from '../schema/context.ts'
import { fragmentsOf } from './parsed-documents.ts'
import type { OperationKind, OutcomeCode, ServerObserver } from './server-observer.ts'

interface Running {
  /** Undefined if the document cannot be parsed or validated. */
  operation: Pick<ExecutionArgs, 'document' | 'operationName'> | undefined
  /** In ms of monotonic time. */
  readonly began: number
}

/** Returns the code of the first error of an answer; OK if it has none, as the stream of a subscription has. */
export function outcomeOf(answer: unknown): OutcomeCode {
  if (typeof answer !== 'object' || answer === null || isAsyncIterable(answer) || !('errors' in answer)) return 'OK'
  return codeOf(answer.errors)
}

/** Returns the code of the first of these errors; OK if there are none. An error without a known code is a defect. */
export function codeOf(errors: unknown): OutcomeCode {
  if (!Array.isArray(errors) || errors.length === 0) return 'OK'
  const code: unknown = errors[0]?.extensions?.code
  return typeof code === 'string' && Object.hasOwn(CLIENT_CODES, code) ? (code as OutcomeCode) : 'INTERNAL_SERVER_ERROR'
}

/**
 * Reports each operation over HTTP once its answer is known. It must be the first plugin, so that no other one can prevent this.
 */
export function observedRequests(observer: ServerObserver): Plugin<Context> {
  const running = new WeakMap<Request, Running>()
  // The kind is looked up once the operation is answered, since nothing is admitted yet.
  const note = (args: ExecutionArgs) => {
    const { request } = args.contextValue as { readonly request?: Request }
    const begun = request && running.get(request)
    if (begun) begun.operation = args
  }
  return {
    onParams: ({ request }) => {
      running.set(request, { operation: undefined, began: performance.now() })
      observer.began()
    },
    onExecute: ({ args }) => note(args),
    onSubscribe: ({ args }) => note(args),
    onResultProcess: ({ request, result }) => {
      const begun = running.get(request)
      // A body that is not a GraphQL request has begun no operation.
      if (!begun) return observer.refused(outcomeOf(result))
      const { operation, began } = begun
      const kind = operation ? kindOf(operation.document, operation.operationName) : 'other'
      observer.answered(kind, outcomeOf(result), performance.now() - began)
    },
  }
}

/** Executes an operation of a WebSocket, and reports it once its answer is known. */
export function observedExecution(observer: ServerObserver | undefined, args: ExecutionArgs, execute: () => unknown): unknown {
  if (!observer) return execute()
  const began = performance.now()
  observer.began()
  const tell = (code: OutcomeCode) =>
    observer.answered(kindOf(args.document, args.operationName), code, performance.now() - began)
  const answered = (answer: unknown) => {
    tell(outcomeOf(answer))
    return answer
  }
  const failed = (error: unknown) => {
    tell('INTERNAL_SERVER_ERROR')
    throw error
  }
  try {
    const answer = execute()
    return answer instanceof Promise ? answer.then(answered, failed) : answered(answer)
  } catch (error) {
    return failed(error)
  }
}

/** By operation: parsed documents are kept, so each is looked at once. */
const kinds = new WeakMap<OperationDefinitionNode, OperationKind>()

const OF_FIELDS: { readonly [operationAndField: string]: OperationKind } = {
  'mutation recordEvent': 'recordEvent',
  'mutation recordEvents': 'recordEvents',
  'query recommendations': 'recommendations',
  'subscription recommendations': 'subscribeRecommendations',
}

/** Returns the kind of an operation by its first field. Visits each selection of the document at most once. */
export function kindOf(document: DocumentNode, operationName: string | null | undefined): OperationKind {
  const operation = getOperationAST(document, operationName)
  if (!operation) return 'other'
  let kind = kinds.get(operation)
  if (kind === undefined) {
    const field = firstField(operation.selectionSet, fragmentsOf(document))
    kind = OF_FIELDS[`${operation.operation} ${field}`] ?? 'other'
    kinds.set(operation, kind)
  }
  return kind
}

/**
 * Returns the name of the first field but `__typename`, fragments included.
 * @param unvisited fragments by name. A fragment leaves the map when it is visited: it has no such field, or the search ends with it
 */
function firstField({ selections }: SelectionSetNode, unvisited: Map<string, FragmentDefinitionNode>): string | undefined {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') return selection.name.value
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : unvisited.get(selection.name.value)
    if (selection.kind === Kind.FRAGMENT_SPREAD) unvisited.delete(selection.name.value)
    const found = fragment && firstField(fragment.selectionSet, unvisited)
    if (found !== undefined) return found
  }
  return undefined
}
