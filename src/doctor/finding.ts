import { sentenceOf } from '../error-sentences.ts'

/** What is examined. */
export type Check = 'settings' | 'store' | 'model' | 'disk' | 'clock' | 'service'

/** What was found, and what to do about it. A problem keeps the service from starting, or loses data; a warning may. */
export interface Finding {
  readonly check: Check
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do; absent where there is nothing to do, or where the message says it. */
  readonly advice?: string
}

export function ok(check: Check, message: string): Finding {
  return { check, status: 'ok', message }
}

export function warning(check: Check, message: string, advice?: string): Finding {
  return { check, status: 'warning', message, ...(advice !== undefined && { advice }) }
}

export function problem(check: Check, message: string, advice?: string): Finding {
  return { check, status: 'problem', message, ...(advice !== undefined && { advice }) }
}

/** What an error says, as a problem. */
export function problemOf(check: Check, error: unknown): Finding {
  return problem(check, sentenceOf(error) ?? (error instanceof Error ? error.message : String(error)))
}
