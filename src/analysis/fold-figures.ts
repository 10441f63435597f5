import { failedInvariants } from '../invariant.ts'
import type { StateStore } from '../state/store.ts'
import { MINUTE } from '../time-units.ts'

/** The fold is late when the oldest event that the sums lack is older than this, in ms. */
const LATE = MINUTE

/** How the shared sums keep up with what is recorded. */
export interface FoldFigures {
  /** Age of the oldest event that the sums lack, in ms. */
  readonly foldLagMs: number
  /** Whether that is more than a minute: the fold is stuck, or has a backlog. Recommendations go on with older sums. */
  readonly foldIsLate: boolean
  readonly poisonedEntries: number
  /** By assertion, how often it failed in this process. */
  readonly failedAssertions: { readonly [name: string]: number }
}

/** @throws UnavailableError when the store does not answer */
export async function readFoldFigures(store: Pick<StateStore, 'ping' | 'foldLag' | 'poisonedEntries'>): Promise<FoldFigures> {
  await store.ping()
  const [foldLagMs, poisonedEntries] = await Promise.all([store.foldLag(), store.poisonedEntries()])
  return { foldLagMs, foldIsLate: foldLagMs > LATE, poisonedEntries, failedAssertions: Object.fromEntries(failedInvariants()) }
}
