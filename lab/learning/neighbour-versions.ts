import type { NeighbourLists } from '../../src/catalogue/neighbour-lists.ts'
import type { LoggedDecision } from '../../src/state/log-entry.ts'
import type { RecordedState } from './recorded-state.ts'

type Named = NonNullable<LoggedDecision['neighbours']>

/**
 * The neighbour lists that logged decisions were made with. Each decision names its version: a process serves a new version a little
 * later than the log has it.
 */
export class NeighbourVersions {
  readonly #needed = new Map<string, NeighbourLists | undefined>()

  /** Says that the lists of a decision will be asked for. */
  need({ neighbours }: LoggedDecision): void {
    if (neighbours) this.#needed.set(keyOf(neighbours), undefined)
  }

  /** Keeps the lists that a state serves, if a decision needs them. */
  see({ neighbourLists }: Pick<RecordedState, 'neighbourLists'>): void {
    if (neighbourLists && this.#needed.has(keyOf(neighbourLists.served)))
      this.#needed.set(keyOf(neighbourLists.served), neighbourLists)
  }

  /** Whether the log lacks the lists of a decision. */
  isMissing({ neighbours }: LoggedDecision): boolean {
    return neighbours !== undefined && this.#needed.get(keyOf(neighbours)) === undefined
  }

  /** Returns the lists of a decision; undefined if it had none, or if the log lacks them. */
  of({ neighbours }: LoggedDecision): NeighbourLists | undefined {
    return neighbours && this.#needed.get(keyOf(neighbours))
  }
}

/** A name alone may come again. */
function keyOf({ version, servedAt }: Named): string {
  return `${servedAt} ${version}`
}
