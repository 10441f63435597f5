import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { passOver } from '../logging/log-error-once.ts'
import type { Context } from '../schema/context.ts'
import { forgetFailures, shownErrors } from '../schema/failures.ts'
import { nullArguments } from './null-arguments.ts'

/**
 * Bounds the errors of one answer, or of one message of a subscription, whatever failed. `extensions.omittedErrors` says how many
 * more there were.
 */
export const fewErrors: Plugin<Context> = {
  onExecute: ({ args, setResultAndStopExecution }) => {
    const errors = nullArguments(args)
    if (errors.length > 0) return void setResultAndStopExecution({ errors })
    return {
      onExecuteDone: ({ result, setResult }) => {
        if (!isAsyncIterable(result) && result.errors) setResult(withFewErrors(result))
      },
    }
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const errors = nullArguments(args)
    if (errors.length > 0) return void setResultAndStopExecution({ errors })
    return {
      onSubscribeResult: () => ({
        onNext: ({ result, setResult }) => {
          forgetFailures(args.contextValue)
          if (result.errors) setResult(withFewErrors(result))
        },
      }),
    }
  },
}

function withFewErrors(result: ExecutionResult): ExecutionResult {
  const { shown, omitted } = shownErrors(result.errors ?? [])
  const met = new Set<string>()
  for (const { message, originalError } of shown) {
    if (originalError && met.has(message)) passOver(originalError)
    met.add(message)
  }
  return omitted === 0 ? result : { ...result, errors: shown, extensions: { ...result.extensions, omittedErrors: omitted } }
}
