import type { AuditLog } from './audit-log.ts'
import type { DrawnKey, KeyChanges } from './key-changes.ts'
import type { KeyOnRecord, KeyRole } from './key-record.ts'
import type { Principal } from './principal.ts'

export interface AuditedKeysParts {
  readonly keyChanges: KeyChanges
  readonly audit: AuditLog
}

/**
 * Creates a key, and notes who did it.
 * @throws InvalidInputError if the name is empty, too long or contains control characters
 * @throws UnavailableError if the store does not answer
 */
export function createKey(
  { keyChanges, audit }: AuditedKeysParts,
  principal: Principal,
  role: KeyRole,
  name: string,
): Promise<DrawnKey> {
  const drawn = keyChanges.draw(role, name)
  return audit.perform(principal, { action: 'CREATE_KEY', target: drawn.key.id }, async () => {
    await keyChanges.add(drawn.key)
    return { result: drawn, after: publicPart(drawn.key) }
  })
}

/**
 * Revokes a key, and notes who did it.
 * @returns the key, now revoked
 * @throws NotFoundError if no key has the id
 * @throws UnavailableError if the store does not answer
 */
export function revokeKey({ keyChanges, audit }: AuditedKeysParts, principal: Principal, id: string): Promise<KeyOnRecord> {
  return audit.perform(principal, { action: 'REVOKE_KEY', target: id }, async () => {
    const { before, after } = await keyChanges.revoke(id)
    return { result: after, before: publicPart(before), after: publicPart(after) }
  })
}

/** A key without the hash of its secret. */
function publicPart({ hash: _, ...rest }: KeyOnRecord): Omit<KeyOnRecord, 'hash'> {
  return rest
}
