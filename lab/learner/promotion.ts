import jstat from 'jstat'
import { chooseModel, type Found } from '../learning/model-choice.ts'

const { jStat } = jstat

/** Chance, at most, that in a year any model is promoted that is no better than what ranks. */
export const MOST_FALSE_A_YEAR = 0.05
/** Runs of a year among which this chance is divided: one on each day, and some when the log has doubled. */
export const RUNS_A_YEAR = 400

/** Whether a trained model is to take the place of what ranks, with a sentence for people. */
export interface Promotion {
  readonly isPromoted: boolean
  readonly reason: string
}

/**
 * Judges a trained model by the rows that decide, those of the first set: it is promoted if none of the rankings that it was compared with is
 * better, and if it is ahead of what ranks now beyond chance. Each run has its part of the chance that a promotion is false.
 * What ranks is the model that it was compared with, or without one the first stage.
 * @param found what the fit found about the model
 */
export function judgePromotion(found: Found): Promotion {
  const choice = chooseModel(found)
  if (!choice.isKept) return { isPromoted: false, reason: choice.reason }
  const set = found.comparison.sets.at(0)
  if (!set) return { isPromoted: false, reason: 'Too few decisions could be compared.' }
  const incumbent = 'compared' in set.values ? 'compared' : 'first_stage'
  const difference = set.ofThisModel[incumbent]
  if (!difference)
    return { isPromoted: false, reason: `There are too few users to tell the model from the ranking "${incumbent}".` }
  const { value, error, freedom } = difference
  const least = value - jStat.studentt.inv(1 - MOST_FALSE_A_YEAR / RUNS_A_YEAR, freedom) * error
  const by = `${value.toFixed(4)} of ${found.comparison.measure} on ${set.decisions} ${set.name}, at least ${least.toFixed(4)} in this run`
  return least > 0
    ? { isPromoted: true, reason: `The model is ahead of the ranking "${incumbent}": by ${by}.` }
    : { isPromoted: false, reason: `The model is not ahead of the ranking "${incumbent}" beyond chance: by ${by}.` }
}
