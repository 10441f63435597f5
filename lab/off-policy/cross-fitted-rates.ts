/** Impressions that a group's rate is drawn to the rate of all by. */
const PRIOR = 50
const FOLDS = 5

/** An item that was shown, and its reward: 1 for a click, else 0. */
export interface Shown {
  /** Whose rate is foreseen, such as an item. */
  readonly group: string
  readonly reward: number
}

/**
 * Makes a function that predicts rewards by the click rates of groups, smoothed to the rate of all. The prediction for a decision
 * is computed from the other four fifths of the log, so that it does not depend on the reward to predict (cross-fitting;
 * Chernozhukov et al., 2018).
 * @returns the prediction for the decision at a place in the log, if it had this group
 */
export function crossFitted(log: readonly Shown[]): (at: number, group: string) => number {
  const folds = Array.from({ length: FOLDS }, () => ({
    shown: 0,
    rewards: 0,
    groups: new Map<string, { shown: number; rewards: number }>(),
  }))
  log.forEach(({ group, reward }, at) => {
    for (const [number, fold] of folds.entries()) {
      if (at % FOLDS === number) continue
      const held = fold.groups.get(group) ?? { shown: 0, rewards: 0 }
      fold.groups.set(group, held)
      for (const one of [fold, held]) {
        one.shown++
        one.rewards += reward
      }
    }
  })
  return (at, group) => {
    const fold = folds[at % FOLDS]
    const rate = fold.shown > 0 ? fold.rewards / fold.shown : 0
    const { shown, rewards } = fold.groups.get(group) ?? { shown: 0, rewards: 0 }
    return (rewards + PRIOR * rate) / (shown + PRIOR)
  }
}
