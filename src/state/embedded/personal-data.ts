import type { OwnedEntries } from '../owned-entries.ts'
import type { EventIdHash, FoundEntry, IsOver, PersonalData, StoredSlate, UserMarks } from '../personal-data.ts'
import type { MemoryContents } from './memory-contents.ts'

/** Reads the log entries of some users and lists from the files of the store. */
export type ReadEntries = PersonalData['entriesOf']

/** The data of a user that an embedded store holds besides the user value and the kept events. */
export class EmbeddedPersonalData implements PersonalData {
  readonly #contents: MemoryContents
  readonly #readEntries: ReadEntries | undefined

  /** @param readEntries absent for a store without files */
  constructor(contents: MemoryContents, readEntries: ReadEntries | undefined) {
    this.#contents = contents
    this.#readEntries = readEntries
  }

  async marksOf(userId: string): Promise<UserMarks> {
    return { isSampled: this.#contents.sample.has(userId), isFollowed: false }
  }

  async *slatesOf(userId: string): AsyncGenerator<StoredSlate> {
    yield* this.#contents.slates.ofUser(userId)
  }

  async *eventIdHashesOf(): AsyncGenerator<EventIdHash> {}

  async *entriesOf(subjects: OwnedEntries, isOver: IsOver): AsyncGenerator<FoundEntry> {
    if (this.#readEntries) yield* this.#readEntries(subjects, isOver)
  }
}
