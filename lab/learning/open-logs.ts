import { join } from 'node:path'
import type { Domain } from '../../src/domain/domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { isRecordedLog } from '../../src/import/is-recorded-log.ts'
import { FolderLog } from './folder-log.ts'
import { GivenOrder } from './given-order.ts'
import { RecordedLog } from './recorded-log.ts'
import { TieShuffledFolder } from './tie-shuffled-folder.ts'
import type { TrainingLog } from './training-log.ts'

export interface OpenLogsOptions {
  readonly domain: Domain
  /** Folder of the archive of the service; `archive` in the folder of the log if undefined. */
  readonly archive: string | undefined
  /** A folder of its own, for files that a running service may rename. Best on the disk of the logs. */
  readonly scratch: string
  /** Key of `eventAttributes` that names the surface, for events without a surface in logs of other systems. */
  readonly surfaceAttribute?: string | undefined
  /** Surfaces whose lists serving will get in the order shown, in logs of other systems; see `GivenOrder`. */
  readonly givenOrder?: readonly string[]
}

/**
 * Opens the logs in these folders: those of the service and those of other systems.
 * @throws LiverankError DAMAGED_LOG or UNUSABLE_DATA if a log cannot be read
 * @throws InvalidInputError if a surface attribute or a given order is named for a log of the service
 */
export async function openLogs(folders: readonly string[], options: OpenLogsOptions): Promise<TrainingLog[]> {
  const { domain, archive, scratch, surfaceAttribute, givenOrder = [] } = options
  const logs: TrainingLog[] = []
  for (const [i, folder] of folders.entries()) {
    if (await isRecordedLog(folder)) {
      if (surfaceAttribute !== undefined) {
        throw new InvalidInputError(
          `--surface-attribute is for logs of other systems, but ${folder} was recorded by the service, which knew the surfaces: omit the option.`,
        )
      }
      if (givenOrder.length > 0) {
        throw new InvalidInputError(
          `--given-order is for logs of other systems, but ${folder} was recorded by the service, which knows the lists that it was given: omit the option.`,
        )
      }
      const places = { archive: archive || join(folder, 'archive'), scratch: join(scratch, String(i)) }
      logs.push(await RecordedLog.open(folder, { domain, ...places }))
    } else logs.push(new FolderLog(new TieShuffledFolder(folder, domain, surfaceAttribute), domain, new GivenOrder(givenOrder)))
  }
  return logs
}
