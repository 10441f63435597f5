import type { TestPeriod } from './test-period.ts'

/**
 * Says what makes the figures of a log less certain than they look; nothing for most logs.
 * @param users whose rows were judged
 */
export function doubtsOf({ trainLater }: TestPeriod, users: number): string[] {
  const doubts: string[] = []
  if (users === 1) doubts.push('All rows are of one user, so there are no intervals: how much users differ is unknown.')
  if (trainLater > 0)
    doubts.push(
      `${trainLater} events with split train are later than the first event with split test. A model that was trained on them has learned from events after some of the rows. All other methods learn from an event only after its time.`,
    )
  return doubts
}
