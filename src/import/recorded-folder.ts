import { parseItem } from '../catalogue/catalogue.ts'
import type { LiverankError } from '../errors.ts'
import { Archive, type PlacedEntry } from '../state/log/archive.ts'
import { Owners } from '../state/log/final-owners.ts'
import type { ImportSource } from './import-source.ts'
import type { LoggedEvent, LoggedItem, LoggedUser } from './log-lines.ts'
import { countBroken, type LogProblems, noProblems, refuseBroken } from './log-problems.ts'

/** Of a recorded log, what is known at its end. */
interface End {
  readonly owners: Owners
  readonly items: ReadonlyMap<string, LoggedItem>
  readonly users: ReadonlyMap<string, LoggedUser>
}

/**
 * A log that this service recorded: written by `liverank export`, or an archive. Yields events in the order of recording, under the
 * final ids of their users. Events of users who are erased, opted out or withdrew consent are left out.
 */
export class RecordedFolder implements ImportSource {
  readonly folder: string
  readonly usersHaveTimes = false
  readonly #archive: Archive
  readonly #end: End

  private constructor(folder: string, archive: Archive, end: End) {
    this.folder = folder
    this.#archive = archive
    this.#end = end
  }

  /** Opens the folder. @throws LiverankError DAMAGED_LOG if segments are missing, cannot be read, or come from two stores */
  static async open(folder: string): Promise<RecordedFolder> {
    const archive = await Archive.open([folder])
    return new RecordedFolder(folder, archive, await endOf(archive))
  }

  /** Yields the events. @throws LiverankError UNUSABLE_DATA if more than one line in a thousand is broken */
  async *events(problems: LogProblems): AsyncGenerator<LoggedEvent> {
    const { owners, users } = this.#end
    let number = 0
    for await (const { entry } of entriesOf(this.#archive, problems)) {
      if (entry.kind === 'events' && !owners.isErased(entry.userId, number)) {
        const userId = owners.ownerOf(entry.userId)
        if (!users.get(userId)?.optOut && !owners.lacksConsent(userId))
          for (const { event } of entry.events) yield { ...event, userId } satisfies LoggedEvent
      }
      number++
    }
    refuseBroken(problems)
  }

  async *items(): AsyncGenerator<LoggedItem> {
    yield* this.#end.items.values()
  }

  async *users(): AsyncGenerator<LoggedUser> {
    yield* this.#end.users.values()
  }
}

async function endOf(archive: Archive): Promise<End> {
  const owners = new Owners('assumed')
  const items = new Map<string, LoggedItem>()
  const users = new Map<string, LoggedUser>()
  let number = 0
  for await (const { entry } of entriesOf(archive, noProblems())) {
    owners.add(entry, number++)
    if (entry.kind === 'item') {
      const { attributes, available, deleted } = parseItem(entry.upload)
      items.set(entry.id, {
        itemId: entry.id,
        attributes: attributes as LoggedItem['attributes'],
        available: available && !deleted,
      })
    } else if (entry.kind === 'user') {
      const optOut = entry.optedOut ?? false
      const consent = entry.consent?.given
      const attributes = optOut || consent === false ? {} : (entry.upload as LoggedUser['attributes'])
      users.set(entry.id, { userId: entry.id, optOut, ...(consent !== undefined && { consent }), attributes })
    } else if (entry.kind === 'erase' && entry.of === 'user') users.delete(entry.id)
  }
  return { owners, items, users }
}

async function* entriesOf(archive: Archive, problems: LogProblems): AsyncGenerator<PlacedEntry> {
  const onBroken = ({ message }: LiverankError) => {
    problems.lines++
    countBroken(problems, message)
  }
  for await (const placed of archive.entries(onBroken)) {
    problems.lines++
    yield placed
  }
}
