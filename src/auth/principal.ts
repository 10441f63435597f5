/** Roles of callers. docs/reference/access.md lists what each role may use. */
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

/** A caller: the role, and for a device its user. All operations of a request or a socket have the same principal. */
export type Principal = DevicePrincipal | OperatorPrincipal

/** Whoever can reach a service without keys: it authenticates nobody, so it listens on loopback only. */
export const LOCAL_PRINCIPAL: Principal = {
  role: 'admin',
  userId: undefined,
  keyId: undefined,
  subject: undefined,
  expiresAt: undefined,
}

/** Tells whether the principal may act for this user: a device only for its own user, all other roles for every user. */
export function actsFor(principal: Principal, userId: string): boolean {
  return principal.role !== 'device' || principal.userId === userId
}
