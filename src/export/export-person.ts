import { join } from 'node:path'
import { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Domain } from '../domain/domain.ts'
import { type Omitted, omittedBy } from '../rights/omitted-data.ts'
import { exportPerson, type PersonExport, type PersonExportParts, SECTIONS } from '../rights/person-export.ts'
import { LIVE_JOURNAL } from '../state/log/journal-names.ts'
import { PoisonedLines } from '../state/log/poisoned-lines.ts'
import { SegmentIds } from '../state/log/segment-ids.ts'
import { RedisPersonalData } from '../state/redis/personal-data.ts'
import { readKeptEvents, readSubjects } from '../state/redis/user-reads.ts'
import { valueReads } from '../state/redis/value-reads.ts'
import type { StateStore } from '../state/store.ts'
import { personOfFiles } from './person-of-files.ts'
import { type ReachableStore, reachFiles, reachRedis } from './reach-store.ts'

/** The store that holds the data of the person, and where to write this data. Aborting `signal` ends the export. */
export interface ExportPersonTask extends ReachableStore {
  readonly domain: Domain
  readonly signal: AbortSignal
  /** Appends a piece of the text of the export. */
  readonly write: (text: string) => Promise<void>
}

/** The extent of the export of one person. */
export interface ExportedPerson {
  readonly userIds: readonly string[]
  /** Number of records in all lists. */
  readonly records: number
}

type ReadStore = PersonExportParts['store'] & Pick<StateStore, 'name'>

/**
 * Writes all that is stored of a person as one JSON text, without a limit on its size. The service may run meanwhile.
 * @throws LiverankError CONFIGURATION if the settings name no store, UNAVAILABLE if Redis does not answer, DAMAGED_LOG if files are
 * missing or cannot be read
 */
export async function exportPersonOfStore(userId: string, task: ExportPersonTask): Promise<ExportedPerson> {
  const { config, domain, signal } = task
  const accumulators = new AccumulatorSet(domain.accumulators)
  const { store, close } =
    config.REDIS_URL === undefined
      ? { store: await storeOfFiles(userId, task, accumulators), close: async () => {} }
      : await storeOfRedis(task, config.REDIS_URL)
  try {
    const isOver = () => {
      signal.throwIfAborted()
      return false
    }
    const exported = await exportPerson({ store, domain, accumulators, now: Date.now() }, userId, isOver)
    const records = await writeJson(exported, omittedBy(store.name), task.write)
    return { userIds: exported.userIds, records }
  } finally {
    await close()
  }
}

async function storeOfFiles(userId: string, task: ExportPersonTask, accumulators: AccumulatorSet): Promise<ReadStore> {
  const { config, domain, scratch, warn } = task
  const archives = await reachFiles(task)
  const poisoned = await PoisonedLines.open(join(config.DATA_DIR, LIVE_JOURNAL))
  return personOfFiles(userId, { folder: scratch, poisoned, archives, domain, accumulators, warn })
}

async function storeOfRedis(task: ExportPersonTask, url: string): Promise<{ store: ReadStore; close: () => Promise<void> }> {
  const { connection, keys, archives } = await reachRedis(task, url)
  const { commands } = connection
  const values = valueReads(commands)
  const store: ReadStore = {
    name: 'redis',
    readValues: (subjects) => readSubjects(values, keys, subjects),
    readEvents: (userId) => readKeptEvents(commands, keys, userId),
    personalData: new RedisPersonalData({ connection, keys, archives, segmentIds: new SegmentIds() }),
  }
  return { store, close: () => connection.close() }
}

/** Writes record by record: a person may have more data than memory holds. @returns number of records */
async function writeJson(
  { head, records }: PersonExport,
  omitted: readonly Omitted[],
  write: (text: string) => Promise<void>,
): Promise<number> {
  await write(JSON.stringify(head).slice(0, -1))
  let written = 0
  let open = -1
  const openUpTo = async (section: number) => {
    while (open < section) await write(`${open < 0 ? '' : ']'},\n"${SECTIONS[++open]}":[`)
  }
  let isFirst = true
  for await (const { section, record } of records) {
    const at = SECTIONS.indexOf(section)
    if (at > open) isFirst = true
    await openUpTo(at)
    await write(`${isFirst ? '\n' : ',\n'}${JSON.stringify(record)}`)
    isFirst = false
    written++
  }
  await openUpTo(SECTIONS.length - 1)
  await write(`],\n"complete":true,\n"notIncluded":${JSON.stringify(omitted)}}\n`)
  return written
}
