import type { ErasedSubject } from '../erasure-outcome.ts'

/**
 * Splits the subjects of an erasure so that the value of the last user is deleted after everything else. That value lists the other
 * ids: if the erasure is interrupted, a repeated erasure finds them there.
 * @returns one pass for a person with one id, else two
 */
export function erasurePasses(subjects: readonly ErasedSubject[]): (readonly ErasedSubject[])[] {
  const last = subjects.at(-1)
  const hasOthers = subjects.some(({ kind, id }) => kind === 'user' && id !== last?.id)
  return hasOthers ? [subjects.slice(0, -1), subjects.slice(-1)] : [subjects]
}
