/** What a caller may do. docs/reference/access.md says what each role may use. */
export const ROLES = ['device', 'backend', 'analyst', 'admin'] as const

export type Role = (typeof ROLES)[number]

interface Proven {
  /** Id of the static key that the caller showed. Undefined for a token and for a local caller. */
  readonly keyId: string | undefined
  /** When the proof ends, in ms since 1970. Undefined for a static key and for a local caller, which end by revocation only. */
  readonly expiresAt: number | undefined
}

/** A device of one user: it may act for this user only. */
export interface DevicePrincipal extends Proven {
  readonly role: 'device'
  readonly userId: string
}

/** A server or a person of the operator, who may act for any user. */
export interface OperatorPrincipal extends Proven {
  readonly role: Exclude<Role, 'device'>
  readonly userId: undefined
  /** The claim `sub` of the token, if it has one. Undefined for a static key and for a local caller. */
  readonly subject: string | undefined
}

/** Who calls: the role, and for a device its user. The same for all operations of a request or a socket. */
export type Principal = DevicePrincipal | OperatorPrincipal

/** Whoever can reach a service without keys: it authenticates nobody, so it listens on loopback only. */
export const LOCAL_PRINCIPAL: Principal = {
  role: 'admin',
  userId: undefined,
  keyId: undefined,
  subject: undefined,
  expiresAt: undefined,
}

/** Whether the principal may act for this user. */
export function actsFor(principal: Principal, userId: string): boolean {
  return principal.role !== 'device' || principal.userId === userId
}
