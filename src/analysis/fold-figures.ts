import { failedInvariants } from '../invariant.ts'
import type { StateStore } from '../state/store.ts'
import { MINUTE } from '../time-units.ts'

/** The fold is late when the oldest event that the sums lack is older than this, in ms. */
const LATE = MINUTE

/** State of the fold: how far the shared sums are behind the recorded events. */
export interface FoldFigures {
  /** Age of the oldest event that the shared sums lack, in ms. */
  readonly foldLagMs: number
  /** Whether that age is more than a minute: the fold is stuck or has a backlog. Recommendations continue with older sums. */
  readonly foldIsLate: boolean
  readonly poisonedEntries: number
  /** Number of failures by assertion, in this process. */
  readonly failedAssertions: { readonly [name: string]: number }
}

/** Reads the state of the fold. @throws UnavailableError if the store does not answer */
export async function readFoldFigures(store: Pick<StateStore, 'ping' | 'foldLag' | 'poisonedEntries'>): Promise<FoldFigures> {
  await store.ping()
  const [foldLagMs, poisonedEntries] = await Promise.all([store.foldLag(), store.poisonedEntries()])
  return { foldLagMs, foldIsLate: foldLagMs > LATE, poisonedEntries, failedAssertions: Object.fromEntries(failedInvariants()) }
}
