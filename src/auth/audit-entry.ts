import { createHash } from 'node:crypto'
import { z } from 'zod'
import { idHash } from '../state/id-digits.ts'
import type { Json, JsonObject } from '../state/user-value.ts'
import { type Principal, ROLES } from './principal.ts'

/** Actions of operators that the audit log records. */
export const AUDIT_ACTIONS = [
  'SET_RULES',
  'REMOVE_RULES',
  'REGISTER_MODEL',
  'ACTIVATE_MODEL',
  'SHADOW_MODEL',
  'RETIRE_MODEL',
  'SERVE_NEIGHBOUR_LISTS',
  'CREATE_KEY',
  'REVOKE_KEY',
  'MERGE_USERS',
  'ERASE_USER',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/**
 * Outcomes of an action. The entry of an action is written before the change, with the outcome UNKNOWN. It keeps this outcome if
 * the process ends or the store fails before the change is complete.
 */
export const AUDIT_OUTCOMES = ['DONE', 'REFUSED', 'UNKNOWN'] as const
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]

/** Most bytes of JSON that an entry keeps of the state before or after. Of more, it keeps a digest. */
const MAX_BYTES = 8 * 1024

const json = z.json() as z.ZodType<Json>

/** One action of an operator, in the form in which the store keeps it. */
export const auditEntry = z.object({
  /** Number of the entry, from 0. */
  sequence: z.int().nonnegative(),
  /** ms since 1970, by the wall clock. */
  at: z.number(),
  role: z.enum(ROLES),
  /** Id of the key that the operator showed; null for a token, for a local caller and for a command. */
  keyId: z.string().nullable(),
  /** Claim `sub` of the token that the operator showed; `command` for the command line; else null. */
  subject: z.string().nullable(),
  action: z.enum(AUDIT_ACTIONS),
  /** Surface, model, key, or version of the neighbour lists; a hash of the user id for merges and erasures; null for the rules of all surfaces. */
  target: z.string().nullable(),
  outcome: z.enum(AUDIT_OUTCOMES),
  before: json,
  after: json,
})

export type AuditEntry = z.infer<typeof auditEntry>

/** An action that an operator is about to perform. */
export interface Intended {
  readonly action: AuditAction
  readonly target: string | null
}

/** The result of a change, and the state before and after it, without secrets and without user ids. */
export interface Changed<T> {
  readonly result: T
  readonly before?: object | null | undefined
  readonly after?: object | null | undefined
}

/**
 * Returns the operator as the audit log names them; undefined for a device, whose actions are events and have no audit entries.
 */
export function actorOf(principal: Principal): Pick<AuditEntry, 'role' | 'keyId' | 'subject'> | undefined {
  if (principal.role === 'device') return undefined
  return { role: principal.role, keyId: principal.keyId ?? null, subject: principal.subject ?? null }
}

/** The principal of a command that works on the store directly. */
export const COMMAND_LINE: Principal = {
  role: 'admin',
  userId: undefined,
  keyId: undefined,
  subject: 'command',
  expiresAt: undefined,
}

/** Stands for a user in the audit log. So an erased person's id is not kept, and who knows an id can find the entries about it. */
export function userHash(userId: string): string {
  return `user-${idHash(userId)}`
}

/** Returns the state as an entry keeps it: as JSON, or a digest of it if it is large. */
export function boundedState(state: object | null | undefined): JsonObject | null {
  if (state == null) return null
  const text = JSON.stringify(state)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_BYTES) return JSON.parse(text) as JsonObject
  return { tooLarge: true, bytes, sha256: createHash('sha256').update(text).digest('hex') }
}
