import type { Domain } from '../../src/domain/domain.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { type FitEase, type ListsFromCut, listsAtCuts } from '../offline/served-lists.ts'
import { ENDS } from './splitter.ts'
import { actingEvents, type TrainingLog } from './training-log.ts'

/** Cuts as shares of the used events: where the decisions begin, where validation and test begin, and two in the train split. */
const CUTS = [ENDS.warmUp, 0.4, 0.55, ENDS.train, ENDS.validation] as const

/**
 * Computes the neighbour lists with which a log is played for training. No decision sees lists that know an event after it.
 * @param until share of the events that is used, from the beginning
 * @throws LiverankError as `listsAtCuts`
 */
export async function listsForTraining(
  log: TrainingLog,
  domain: Domain,
  until: number,
  fit: FitEase,
): Promise<readonly ListsFromCut[]> {
  let events = 0
  for await (const _ of log.events(noProblems())) events++
  const used = Math.floor(events * until)
  const cuts = CUTS.map((share) => Math.floor(share * used))
  return listsAtCuts(() => actingEvents(log, noProblems()), domain, cuts, fit)
}
