import type { Signals } from '../../src/live/signals.ts'

/** Counts who follows a user through these signals: now, and since the counting began. */
export function countFollowers(signals: Signals): { readonly count: number; readonly total: number } {
  const follow = signals.followUser.bind(signals)
  let count = 0
  let total = 0
  signals.followUser = async (userId, onSignal) => {
    const end = await follow(userId, onSignal)
    count++
    total++
    return async () => {
      count--
      await end()
    }
  }
  return {
    get count() {
      return count
    },
    get total() {
      return total
    },
  }
}
