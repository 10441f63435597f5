import type { Clock } from '../clock.ts'
import { LiverankError } from '../errors.ts'
import type { UserInput } from '../events/uploads.ts'
import type { Service } from '../service.ts'
import { DAY } from '../time-units.ts'
import type { ImportSource } from './import-source.ts'
import type { LoggedEvent, LoggedItem } from './log-lines.ts'
import { noProblems } from './log-problems.ts'

export interface ImportOptions {
  readonly data: ImportSource
  /** A service on the clock of the events, which stands where the store's history ends. */
  readonly service: Pick<Service, 'ingest' | 'uploads' | 'catalogue' | 'domain'>
  readonly clock: Clock
  /** Told how many events of the log are behind. */
  readonly onProgress: (events: number) => void
}

/** What became of the events of a log. */
export interface ImportReport {
  recorded: number
  /** Known to the store, from an import that was cut short. */
  duplicates: number
  rejected: number
  /** Why, of the first few. */
  readonly reasons: string[]
  /** Older than what the store still tells apart: taken to be in it. */
  skipped: number
}

/** Events that are under way together: at most so many, and within so many ms. */
const BATCH = 1000
const SPAN = DAY
const NAMED = 5

/**
 * Brings a log into a store, in its order, with the time of its events as now. It may be cut short anywhere and begun again: what the
 * store knows is not recorded twice, and what is older than event ids are kept for, counted back from the end of the store's history, was
 * recorded before that history could get so far, since no more than a day is ever under way.
 * @throws LiverankError UNUSABLE_DATA for a log that cannot be read, UNAVAILABLE when the store stops answering: begin it again
 */
export async function importLog(options: ImportOptions): Promise<ImportReport> {
  const { data, service, clock, onProgress } = options
  const items = new Map<string, LoggedItem>()
  for await (const item of data.items()) items.set(item.itemId, item)
  const report: ImportReport = { recorded: 0, duplicates: 0, rejected: 0, reasons: [], skipped: 0 }
  const oldest = clock.now() - service.domain.lateness
  let batch: LoggedEvent[] = []
  let done = 0
  const send = async () => {
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
    batch.push(event)
  }
  if (batch.length > 0) await send()
  await uploadUsers(data, service)
  return report
}

/** Attributes and opt-outs, which the events before them do not tell of. */
async function uploadUsers(data: ImportSource, { uploads }: ImportOptions['service']): Promise<void> {
  let batch: UserInput[] = []
  const send = async () => {
    const { errors } = await uploads.upsertUsers(batch)
    const [error] = errors
    if (error) throw new LiverankError('UNUSABLE_DATA', `User ${batch[error.index].userId} was refused: ${error.message}`)
    batch = []
  }
  for await (const user of data.users()) {
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
  else if (outcome.status === 'REJECTED') {
    report.rejected++
    if (report.reasons.length < NAMED) report.reasons.push(`${outcome.eventId}: ${outcome.error.message}`)
  }
}
