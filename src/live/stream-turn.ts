import type { RankingTurns, Turn, Urgency } from '../slate/ranking-turns.ts'
import type { SlateTrigger } from '../slate/slate.ts'

/** A place in the queue for the next value of a stream, and later the turn to make this value. */
export interface StreamTurn extends Omit<Turn, 'hasten'> {
  /** Called when the value is wanted for another reason too, while the turn is waited for. */
  hasten(trigger: SlateTrigger): void
}

/**
 * Takes a place in the queue for the next value of a stream.
 * @param together values of one user that are made together, because one ranking serves them all. Undefined: it is made alone.
 */
export function takeStreamTurn(turns: RankingTurns, userId: string, trigger: SlateTrigger, together?: string): StreamTurn {
  const turn = turns.take({ userId, urgency: urgencyOf(trigger), together })
  return { ...turn, hasten: (reason) => turn.hasten(urgencyOf(reason)) }
}

function urgencyOf(trigger: SlateTrigger): Urgency {
  return trigger === 'INITIAL' || trigger === 'EVENT' || trigger === 'ERASED' ? 'push' : 'refresh'
}
