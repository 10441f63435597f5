import { sentenceOf } from '../logging/error-sentences.ts'

/** Part of an installation that a check looks at. */
export type Check = 'settings' | 'issuer' | 'store' | 'model' | 'disk' | 'clock' | 'service' | 'memory'

/** A finding, with advice. A problem prevents the start, loses data or keeps callers out; a warning may do so. */
export interface Finding {
  readonly check: Check
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** Advice; absent if there is nothing to do, or if the message contains it. */
  readonly advice?: string
}

/** Makes a finding without a problem. */
export function ok(check: Check, message: string): Finding {
  return { check, status: 'ok', message }
}

/** Makes a warning. Without advice, the message itself says what to do. */
export function warning(check: Check, message: string, advice?: string): Finding {
  return { check, status: 'warning', message, ...(advice !== undefined && { advice }) }
}

/** Makes a problem. Without advice, the message itself says what to do. */
export function problem(check: Check, message: string, advice?: string): Finding {
  return { check, status: 'problem', message, ...(advice !== undefined && { advice }) }
}

/** Returns an error as a problem. */
export function problemOf(check: Check, error: unknown): Finding {
  return problem(check, sentenceOf(error) ?? (error instanceof Error ? error.message : String(error)))
}
