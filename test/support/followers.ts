import type { Signals } from '../../src/live/signals.ts'

/** Counts who follows a user through these signals now. */
export function countFollowers(signals: Signals): { readonly count: number } {
  const follow = signals.followUser.bind(signals)
  let count = 0
  signals.followUser = async (userId, onSignal) => {
    const end = await follow(userId, onSignal)
    count++
    return async () => {
      count--
      await end()
    }
  }
  return {
    get count() {
      return count
    },
  }
}
