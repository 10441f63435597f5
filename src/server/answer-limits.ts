import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { ClientCode } from '../errors.ts'
import { passOver } from '../logging/log-error-once.ts'
import type { Context } from '../schema/context.ts'
import { forgetFailures, shownErrors } from '../schema/failures.ts'
import { refusedWith } from './coded-error.ts'
import type { NetworkGate } from './network-gate.ts'
import { ERROR_POINTS } from './operation-cost.ts'
import { ORDINARY_ANSWER_BYTES } from './rate-limits.ts'

/** Most characters that JSON writes for a number. */
const NUMBER_CHARACTERS = 25
/** Usual number of them: between a count and a score. */
const USUAL_NUMBER_CHARACTERS = 10
/** Most bytes that JSON in UTF-8 writes for a UTF-16 unit, such as `\u0001`. */
const BYTES_A_CHARACTER = 6
/** Characters of a time such as 2026-11-27T12:00:00.000Z, in quotes. */
const TIME_BYTES = 26

/**
 * The size of an answer as JSON, counted without making the JSON. The result of an operation is far smaller than its JSON, because its
 * entries share their keys and the values of the store.
 */
export class AnswerBytes {
  readonly #most: number
  /** Bytes if each character takes one byte, and each number one character. */
  #least = 0
  #characters = 0
  #numbers = 0

  /** @param most bytes at which the count ends */
  constructor(most: number) {
    this.#most = most
  }

  /** An estimate of the counted bytes. It is exact for a text of ASCII without numbers. */
  get usual(): number {
    return this.#least + this.#numbers * (USUAL_NUMBER_CHARACTERS - 1)
  }

  /** Counts an answer. @returns whether its JSON has more bytes than `most` */
  exceeds(answer: object): boolean {
    this.#add(answer)
    if (this.#least > this.#most) return true
    const greatest = this.#least + this.#characters * (BYTES_A_CHARACTER - 1) + this.#numbers * (NUMBER_CHARACTERS - 1)
    // Between the two, only the JSON tells. It has at most six times the bytes that are allowed.
    return greatest > this.#most && Buffer.byteLength(JSON.stringify(answer)) > this.#most
  }

  #add(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#least += value.length + 2
        this.#characters += value.length
        return
      case 'number':
        this.#least++
        this.#numbers++
        return
      case 'object':
        if (Array.isArray(value)) this.#addList(value)
        else if (value instanceof Date) this.#least += TIME_BYTES
        else if (value !== null) this.#addObject(value)
        else this.#least += 4
        return
      default:
        this.#least += value === false ? 5 : 4
    }
  }

  #addList(list: readonly unknown[]): void {
    this.#least += 1 + Math.max(list.length, 1)
    for (const entry of list) {
      if (this.#least > this.#most) return
      this.#add(entry)
    }
  }

  #addObject(object: object): void {
    let isEmpty = true
    for (const key in object) {
      if (this.#least > this.#most) return
      const value = (object as Record<string, unknown>)[key]
      if (value === undefined) continue
      isEmpty = false
      this.#least += key.length + 4
      this.#characters += key.length
      this.#add(value)
    }
    this.#least += isEmpty ? 2 : 1
  }
}

/** What Yoga adds to the context: the message that came, or opened the socket, and the response of HTTP. */
interface Arrival {
  readonly req?: IncomingMessage
  readonly res?: ServerResponse
}

/**
 * Bounds the errors of an answer. Refuses answers that are too large before their JSON is made, on every transport, with
 * ANSWER_TOO_LARGE. Takes the points for the bytes of large answers, and counts them while they are unread over HTTP and server-sent
 * events. The WebSocket counts its own. A plugin.
 */
export function answerLimits(gate: NetworkGate): Plugin<Context> {
  const limited = (args: ExecutionArgs, answer: ExecutionResult, setAnswer: (answer: ExecutionResult) => void): void => {
    const { principal, req, res } = args.contextValue as Context & Arrival
    const most = principal.role === 'device' ? gate.answerBytes.device : gate.answerBytes.other
    const size = new AnswerBytes(most)
    const isTooLarge = size.exceeds(answer)
    if (!isTooLarge && size.usual <= ORDINARY_ANSWER_BYTES) return
    gate.rates.chargeAnswer({ principal, address: () => req && gate.origins.addressOf(req) }, size.usual)
    if (isTooLarge) setAnswer({ data: null, errors: [tooLarge(args, most)] })
    else if (req && res) holdUntilRead(gate, req, res, size.usual)
  }
  const bounded = (args: ExecutionArgs, answer: ExecutionResult, setAnswer: (answer: ExecutionResult) => void): void => {
    const shown = answer.errors ? withFewErrors(answer, args.contextValue as Context) : answer
    if (shown !== answer) setAnswer(shown)
    limited(args, shown, setAnswer)
  }
  const executed: ReturnType<NonNullable<Plugin<Context>['onExecute']>> = {
    onExecuteDone: ({ args, result, setResult }) => {
      if (!isAsyncIterable(result)) bounded(args, result, setResult)
    },
  }
  const subscribed: ReturnType<NonNullable<Plugin<Context>['onSubscribe']>> = {
    onSubscribeResult: () => ({
      onNext: ({ args, result, setResult }) => {
        forgetFailures(args.contextValue as Context)
        bounded(args, result, setResult)
      },
    }),
  }
  // In one hook, because each takes memory in each operation.
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const errors = nullArguments(args)
      if (errors.length === 0) return executed
      return void setResultAndStopExecution({ errors })
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const errors = nullArguments(args)
      if (errors.length === 0) return subscribed
      return void setResultAndStopExecution({ errors })
    },
  }
}

/** Releases the last large message of each stream of server-sent events. */
const lastHeld = new WeakMap<ServerResponse, () => void>()

function holdUntilRead(gate: NetworkGate, request: IncomingMessage, response: ServerResponse, bytes: number): void {
  const release = lastHeld.get(response)
  // A stream makes its next message once the client has taken the one before.
  if (release) release()
  else response.once('close', () => lastHeld.get(response)?.())
  lastHeld.set(
    response,
    gate.held.hold(request, bytes, () => request.socket.destroy()),
  )
}

function tooLarge({ document, operationName }: ExecutionArgs, most: number): GraphQLError {
  const isApplied = getOperationAST(document, operationName)?.operation === 'mutation'
  const applied = isApplied ? ' The mutation has been carried out all the same: do not send it again.' : ''
  const message = `The answer has more than ${most} bytes: ask for fewer entries or fields, or send several operations.${applied}`
  return new GraphQLError(message, {
    extensions: { code: 'ANSWER_TOO_LARGE' satisfies ClientCode, maxBytes: most, ...(isApplied && { applied: true }) },
  })
}

/**
 * Bounds the errors of one answer, or of one message of a subscription, whatever failed, and charges for them.
 * `extensions.omittedErrors` says how many more there were.
 */
function withFewErrors(result: ExecutionResult, context: Context): ExecutionResult {
  const { shown, omitted } = shownErrors(result.errors ?? [])
  context.charge(context, ERROR_POINTS * shown.length)
  const met = new Set<string>()
  for (const { message, originalError } of shown) {
    if (originalError && met.has(message)) passOver(originalError)
    met.add(message)
  }
  return omitted === 0 ? result : { ...result, errors: shown, extensions: { ...result.extensions, omittedErrors: omitted } }
}

/** By operation, the names of variables that may be null, but stand where null is not allowed. */
const neverNullIn = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>()

/**
 * Returns an error for each variable that is null where null is not allowed. Validation lets such a variable pass if it has a default,
 * or if the argument has one. The executor would fail at the field, once in each row of a list.
 */
function nullArguments({ schema, document, operationName, variableValues }: ExecutionArgs): readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  const nulls = operation?.variableDefinitions?.filter(({ type, variable: { name }, defaultValue }) => {
    // Where the type itself forbids null, the executor refuses it with its place when it reads the variables.
    if (type.kind === Kind.NON_NULL_TYPE) return false
    const given: unknown = variableValues?.[name.value]
    return given === null || (given === undefined && defaultValue?.kind === Kind.NULL)
  })
  if (!operation || !nulls || nulls.length === 0) return []
  let needed = neverNullIn.get(operation)
  if (!needed) {
    needed = neverNull(schema, separateOperations(document)[operation.name?.value ?? ''])
    neverNullIn.set(operation, needed)
  }
  const names = nulls.map(({ variable }) => variable.name.value)
  return names
    .filter((name) => needed.has(name))
    .map((name) =>
      refusedWith('BAD_USER_INPUT', `The variable $${name} is null where an argument may not be null: give it a value.`),
    )
}

function neverNull(schema: GraphQLSchema, document: Parameters<typeof visit>[0]): ReadonlySet<string> {
  const types = new TypeInfo(schema)
  const names = new Set<string>()
  const Variable = ({ name }: { readonly name: { readonly value: string } }) => {
    if (isNonNullType(types.getInputType())) names.add(name.value)
  }
  // Not the definitions, where the variable has no place in an argument yet.
  visit(document, visitWithTypeInfo(types, { VariableDefinition: () => false, Variable }))
  return names
}
