import type { VectorCheck } from './vector-check.ts'

/** Says in lines what a comparison of served with replayed vectors has found. */
export function vectorReport(folder: string, { compared, differing, trimmed, passedOver, examples }: VectorCheck): string[] {
  if (compared + passedOver === 0)
    return [`${folder}: no feature vectors were logged: set VECTOR_SHARE above 0 to log those of a share of the slates`]
  const counts = [
    `${compared} decisions compared with their vectors as served, ${differing} differ`,
    ...(trimmed > 0 ? [`${trimmed} differ only in features of sets that Redis trimmed`] : []),
    ...(passedOver > 0 ? [`${passedOver} more cannot be replayed`] : []),
  ]
  return [`${folder}: ${counts.join('; ')}`, ...examples.map((example) => `  ${example}`)]
}
