import {
  type DocumentNode,
  type ExecutionArgs,
  type FloatValueNode,
  GraphQLError,
  type IntValueNode,
  Kind,
  NoFragmentCyclesRule,
  parse,
  type ValidationRule,
  validate,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Context } from '../schema/context.ts'
import { type Cost, costOf, tooComplex } from './operation-cost.ts'
import { pacedStream } from './paced-stream.ts'
import { countComparisons, MAX_CHARACTERS, MAX_LINES, MAX_TOKENS } from './query-shape-limits.ts'
import { sizePoints } from './rate-limits.ts'
import { countVariables } from './variables.ts'

/** Most digits of a number that a message repeats. */
const SHOWN = 40

/**
 * Refuses literals such as 1e999, which GraphQL's `Float` reads as infinity. A validation rule; in variables, `Float` itself
 * refuses them.
 */
const finiteLiterals: ValidationRule = (context) => {
  const check = (node: FloatValueNode | IntValueNode) => {
    if (Number.isFinite(Number(node.value))) return
    const shown = node.value.length > SHOWN ? `${node.value.slice(0, SHOWN)}…` : node.value
    context.reportError(new GraphQLError(`${shown} is too large: numbers are finite, at most 1.8e308.`, { nodes: node }))
  }
  return { FloatValue: check, IntValue: check }
}

/** Most errors of validation in one answer. */
const MAX_VALIDATION_ERRORS = 20
/** Points for the size of an operation that are taken together with those of its complexity. More are taken before it is computed. */
const FREE_SIZE = 100

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

/** By document, how many comparisons it needs, or which limit it exceeds. */
const comparisons = new WeakMap<DocumentNode, number | string>()

/**
 * Refuses operations that would take too long, on every transport, with QUERY_TOO_COMPLEX. The plugin does so as early as the
 * cost is known.
 */
export const queryLimits = ({ suggests, admit, take, onPaced }: QueryLimitsOptions): Plugin<Context> => ({
  onParse: ({ setParseFn }) => {
    setParseFn(parseWithinLimits)
    return ({ result, replaceParseResult }) => {
      // A document comes here each time that it is sent, also from the cache of parsed ones.
      if (!isDocument(result)) return
      let counted = comparisons.get(result)
      if (counted === undefined) {
        counted = countComparisons(result)
        comparisons.set(result, counted)
      }
      if (typeof counted === 'string') replaceParseResult(tooComplex(counted))
    }
  },
  onValidate: ({ addValidationRule, setValidationFn }) => {
    addValidationRule(finiteLiterals)
    const options = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !suggests }
    setValidationFn((schema, document, rules) => {
      // First, since other rules follow fragments: between two that contain themselves, until the stack overflows.
      const cyclic = validate(schema, document, [NoFragmentCyclesRule], options)
      return cyclic.length > 0 ? cyclic : validate(schema, document, rules, options)
    })
  },
  onExecute: ({ args, executeFn, setExecuteFn, setResultAndStopExecution }) => {
    const decided = ({ errors, args: coerced }: Cost) => {
      if (errors.length > 0) setResultAndStopExecution({ errors })
      else if (coerced !== args) setExecuteFn(() => executeFn(coerced))
    }
    const cost = admitted(args, suggests, admit)
    return cost instanceof Promise ? cost.then(decided) : decided(cost)
  },
  onSubscribe: async ({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) => {
    const { errors, points, args: coerced } = await admitted(args, suggests, admit)
    if (errors.length > 0) setResultAndStopExecution({ errors })
    else if (coerced !== args) setSubscribeFn(() => subscribeFn(coerced))
    return {
      onSubscribeResult: ({ result, setResult }) => {
        if (isAsyncIterable(result)) setResult(pacedStream(result, () => take(args.contextValue as Context, points), onPaced))
      },
    }
  },
})

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === 'object' && result !== null && 'kind' in result && result.kind === Kind.DOCUMENT
}

const LINE = /\r\n|[\n\r]/g

function parseWithinLimits(...[source, options]: Parameters<typeof parse>): DocumentNode {
  const text = typeof source === 'string' ? source : source.body
  const { length } = text
  if (length > MAX_CHARACTERS)
    throw tooComplex(`The document has ${length} characters; at most ${MAX_CHARACTERS} are allowed: send data as variables.`)
  const lines = text.split(LINE, MAX_LINES + 1).length
  if (lines > MAX_LINES)
    throw tooComplex(`The document has more than ${MAX_LINES} lines: send data as variables, or several operations.`)
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS })
  } catch (error) {
    // graphql has no type of its own for this error.
    if (error instanceof GraphQLError && error.message.includes(`more that ${MAX_TOKENS} tokens`))
      throw tooComplex(`The document has more than ${MAX_TOKENS} tokens: send data as variables, or several operations.`)
    throw error
  }
}

/** Takes the points of an operation. @returns its cost, with the errors for which it is refused */
function admitted(args: ExecutionArgs, suggests: boolean, admit: QueryLimitsOptions['admit']): Cost | Promise<Cost> {
  const context = args.contextValue as Context
  const refused = (error: GraphQLError): Cost => ({ errors: [error], points: 0, args })
  const values = countVariables(args.variableValues)
  if (typeof values === 'string') return refused(tooComplex(values))
  const size = sizePoints(values, comparisonsOf(args.document))
  const bySize = size > FREE_SIZE ? admit(context, size) : undefined
  const byCost = (refusal: Refusal): Cost | Promise<Cost> => {
    if (refusal) return refused(refusal)
    const cost = costOf(args, suggests)
    const after = admit(context, size > FREE_SIZE ? cost.points : cost.points + size)
    return after instanceof Promise ? after.then((late) => (late ? refused(late) : cost)) : after ? refused(after) : cost
  }
  return bySize instanceof Promise ? bySize.then(byCost) : byCost(bySize)
}

function comparisonsOf(document: DocumentNode): number {
  const counted = comparisons.get(document)
  return typeof counted === 'number' ? counted : 0
}
