import { type DocumentNode, type ExecutionArgs, GraphQLError, Kind, parse, validate } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Context } from '../schema/context.ts'
import { finiteLiterals } from './finite-literals.ts'
import { type Cost, costOf, tooComplex } from './operation-cost.ts'
import { pacedStream } from './paced-stream.ts'
import { documentProblem, MAX_CHARACTERS, MAX_TOKENS } from './query-shape-limits.ts'

/** Most errors of validation in one answer. */
const MAX_VALIDATION_ERRORS = 20

export interface QueryLimitsOptions {
  /** Whether errors of validation suggest names of the schema. */
  readonly suggests: boolean
  /** Takes the points of an operation from what its caller may use. Returns the error of one that comes too early. */
  readonly admit: (context: Context, points: number) => Refusal | Promise<Refusal>
  /** Takes the points of a later message of a subscription. Returns 0 if they were there, or after how many ms they are. */
  readonly take: (context: Context, points: number) => number | Promise<number>
  /** Called for each later message of a subscription that must wait. */
  readonly onPaced?: () => void
}

type Refusal = GraphQLError | undefined

/** Documents that are within the limits. */
const small = new WeakSet<DocumentNode>()

type Stop = (result: { readonly errors: readonly GraphQLError[] }) => void

/**
 * Refuses operations that would take too long, on every transport, with QUERY_TOO_COMPLEX. The plugin does so as early as the
 * cost is known.
 */
export const queryLimits = ({ suggests, admit, take, onPaced }: QueryLimitsOptions): Plugin<Context> => ({
  onParse: ({ setParseFn }) => {
    setParseFn(parseWithinLimits)
    return ({ result, replaceParseResult }) => {
      // A document comes here each time that it is sent, also from the cache of parsed ones.
      if (!isDocument(result) || small.has(result)) return
      const problem = documentProblem(result)
      if (problem === undefined) small.add(result)
      else replaceParseResult(tooComplex(problem))
    }
  },
  onValidate: ({ addValidationRule, setValidationFn }) => {
    addValidationRule(finiteLiterals)
    const options = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggests }
    setValidationFn((schema, document, rules) => validate(schema, document, rules, options))
  },
  onExecute: ({ args, setResultAndStopExecution }) => stopExcess(args, costOf(args), admit, setResultAndStopExecution),
  onSubscribe: async ({ args, setResultAndStopExecution }) => {
    const cost = costOf(args)
    await stopExcess(args, cost, admit, setResultAndStopExecution)
    return {
      onSubscribeResult: ({ result, setResult }) => {
        if (isAsyncIterable(result))
          setResult(pacedStream(result, () => take(args.contextValue as Context, cost.points), onPaced))
      },
    }
  },
})

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === 'object' && result !== null && 'kind' in result && result.kind === Kind.DOCUMENT
}

function parseWithinLimits(...[source, options]: Parameters<typeof parse>): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > MAX_CHARACTERS)
    throw tooComplex(`The document has ${length} characters; at most ${MAX_CHARACTERS} are allowed: send data as variables.`)
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS })
  } catch (error) {
    // graphql has no type of its own for this error.
    if (error instanceof GraphQLError && error.message.includes(`more that ${MAX_TOKENS} tokens`))
      throw tooComplex(`The document has more than ${MAX_TOKENS} tokens: send data as variables, or several operations.`)
    throw error
  }
}

function stopExcess(
  { contextValue }: ExecutionArgs,
  { errors, points }: Cost,
  admit: QueryLimitsOptions['admit'],
  stop: Stop,
): void | Promise<void> {
  if (errors.length > 0) return stop({ errors })
  const refusal = admit(contextValue as Context, points)
  if (!(refusal instanceof Promise)) return refusal && stop({ errors: [refusal] })
  return refusal.then((error) => error && stop({ errors: [error] }))
}
