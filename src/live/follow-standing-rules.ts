import { parseStanding, type StandingRules } from '../rules/standing-rules.ts'
import type { StateStore } from '../state/store.ts'
import { keepCurrent } from './keep-copy-current.ts'
import type { Signals } from './signals.ts'

/** Reads the standing rules, and keeps them up to date as other processes change them. */
export function followStandingRules(
  standingRules: StandingRules,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const follow = () => signals.follow('rules', (signal) => standingRules.set(parseStanding(JSON.parse(signal))))
  return keepCurrent(() => standingRules.load(store, onError), follow, signals, onError)
}
