import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import type { UserInput } from '../events/uploads.ts'
import type { Service } from '../service/service.ts'
import { DAY } from '../time-units.ts'
import type { ImportSource } from './import-source.ts'
import type { LoggedEvent, LoggedItem, LoggedUser } from './log-lines.ts'
import { noProblems } from './log-problems.ts'
import { introduceUsers, LoggedUsers } from './logged-users.ts'

export interface ImportOptions {
  readonly data: ImportSource
  /** A service whose clock is the event clock, set to the end of the store's history. */
  readonly service: Pick<Service, 'ingest' | 'uploads' | 'catalogue' | 'domain'>
  readonly clock: Clock
  /** Called with the number of events processed so far. */
  readonly onProgress: (events: number) => void
}

/** Result of an import: numbers of events by outcome. */
export interface ImportReport {
  recorded: number
  /** Events that the store knows already, from an interrupted import. */
  duplicates: number
  rejected: number
  /** Reasons of the first few rejections. */
  readonly reasons: string[]
  /** Events older than the time for which the store keeps event ids. They are taken to be imported already. */
  skipped: number
}

/** Limits of events that are under way together: their number, and the time that they span in ms. */
const BATCH = 1000
const SPAN = DAY
const NAMED = 5

/**
 * Imports a log into a store, in its order; the time of the events is the current time. An interrupted import can be started again.
 * Events that the store knows are not recorded twice. Events older than the time for which event ids are kept, counted back from
 * the end of the store's history, are skipped: at most a day of events is in progress at once, so they were recorded before.
 * @throws LiverankError UNUSABLE_DATA if the log cannot be read, UNAVAILABLE if the store stops answering; start the import again
 * then
 */
export async function importLog(options: ImportOptions): Promise<ImportReport> {
  const { data, service, clock, onProgress } = options
  const items = new Map<string, LoggedItem>()
  for await (const item of data.items()) items.set(item.itemId, item)
  const report: ImportReport = { recorded: 0, duplicates: 0, rejected: 0, reasons: [], skipped: 0 }
  const oldest = clock.now() - service.domain.lateness
  await uploadUsers(consented(data), service)
  const users = data.usersHaveTimes ? await LoggedUsers.read(data) : undefined
  let batch: LoggedEvent[] = []
  let due: LoggedUser[] = []
  let done = 0
  const send = async () => {
    // Before its first event, a store has no time, and would forget what is uploaded.
    if (due.length > 0) clock.arrive(batch[0].timestamp)
    await introduceUsers(due, data.folder, service)
    due = []
    await introduce(batch, items, service)
    const outcomes = await service.ingest.record(batch)
    for (const outcome of outcomes) count(outcome, report)
    done += batch.length
    batch = []
    onProgress(done)
  }
  for await (const event of data.events(noProblems())) {
    if (event.timestamp < oldest) {
      report.skipped++
      onProgress(++done)
      continue
    }
    if (batch.length >= BATCH || (batch.length > 0 && event.timestamp - batch[0].timestamp > SPAN)) await send()
    const known = users?.due(event) ?? []
    // What becomes known in the middle of a batch must not be known to the user's events before.
    if (known.some(({ userId }) => batch.some((earlier) => earlier.userId === userId))) await send()
    due.push(...known)
    batch.push(event)
  }
  if (batch.length > 0) await send()
  await uploadUsers(decided(users ? users.rest() : data.users(), service.domain), service)
  return report
}

/** Consents, without which events may not count. */
async function* consented(data: ImportSource): AsyncGenerator<UserInput> {
  for await (const { userId, consent } of data.users()) if (consent) yield { userId, consent, attributes: {} }
}

/** Attributes, opt-outs and consents. A user who has opted out, or has not consented, has no attributes. */
async function* decided(
  users: Iterable<LoggedUser> | AsyncIterable<LoggedUser>,
  { consent: rule }: Domain,
): AsyncGenerator<UserInput> {
  for await (const user of users) {
    const isKnown = !user.optOut && (user.consent || rule === 'assumed')
    yield isKnown ? user : { ...user, attributes: {} }
  }
}

async function uploadUsers(users: AsyncIterable<UserInput>, { uploads }: ImportOptions['service']): Promise<void> {
  let batch: UserInput[] = []
  const send = async () => {
    const { errors } = await uploads.upsertUsers(batch)
    const [error] = errors
    if (error) throw new LiverankError('UNUSABLE_DATA', `User ${batch[error.index].userId} was refused: ${error.message}`)
    batch = []
  }
  for await (const user of users) {
    batch.push(user)
    if (batch.length === BATCH) await send()
  }
  if (batch.length > 0) await send()
}

/** Items are known from the batch of their first event on. */
async function introduce(
  batch: readonly LoggedEvent[],
  items: ReadonlyMap<string, LoggedItem>,
  { uploads, catalogue }: ImportOptions['service'],
): Promise<void> {
  const ids = new Set(batch.flatMap(({ itemId }) => (itemId != null && !catalogue.get(itemId) ? [itemId] : [])))
  const { errors } = await uploads.upsertItems(Array.from(ids, (itemId) => items.get(itemId) ?? { itemId, attributes: {} }))
  const [error] = errors
  if (error) throw new LiverankError('UNUSABLE_DATA', `Item ${[...ids][error.index]} was refused: ${error.message}`)
}

function count(outcome: Awaited<ReturnType<Service['ingest']['record']>>[number], report: ImportReport): void {
  if (outcome.status === 'UNAVAILABLE' || outcome.status === 'FAILED') throw outcome.error
  if (outcome.status === 'RECORDED') report.recorded++
  else if (outcome.status === 'DUPLICATE') report.duplicates++
  else {
    report.rejected++
    if (report.reasons.length >= NAMED) return
    const reason =
      outcome.status === 'REJECTED'
        ? `${outcome.eventId}: ${outcome.error.message}`
        : `${outcome.event.eventId}: the user ${outcome.event.userId} ${outcome.notCounted === 'OPTED_OUT' ? 'has opted out' : 'has not consented'}.`
    report.reasons.push(reason)
  }
}
