import { SingleBar } from 'cli-progress'
import { eventClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import { loadDomain } from '../domain/load-domain.ts'
import { InvalidInputError } from '../errors.ts'
import { DataFolder } from '../import/data-folder.ts'
import { importLog } from '../import/import-log.ts'
import type { ImportSource } from '../import/import-source.ts'
import { noProblems, omissions } from '../import/log-problems.ts'
import { RecordedFolder } from '../import/recorded-folder.ts'
import { warningsOnStderr } from '../logging/logger.ts'
import { systemRandomness } from '../random.ts'
import { openService } from '../service.ts'
import { isRecordedLog } from '../state/log/is-recorded-log.ts'
import { checkFolders } from './option-parsers.ts'

/**
 * Imports a data folder into the store that the settings name, and prints the outcomes of its events.
 * @param surfaceAttribute name of the event attribute that holds the surface, if it is not `surface`
 * @throws InvalidInputError if the folder cannot be read
 * @throws LiverankError UNUSABLE_DATA or UNAVAILABLE, as `importLog`
 */
export async function runImport(folder: string, surfaceAttribute: string | undefined): Promise<void> {
  await checkFolders([folder])
  const config = { ...readConfig(process.env), CLOCK: 'events' as const, MODEL: '' }
  const domain = await loadDomain(config.DOMAIN)
  const problems = noProblems()
  const data = await sourceOf(folder, surfaceAttribute)
  let events = 0
  for await (const _ of data.events(problems)) events++
  const clock = eventClock()
  const service = await openService({
    config,
    dataDir: config.DATA_DIR,
    domain,
    clock,
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
  const bar = new SingleBar({
    format: '|{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go',
    clearOnComplete: true,
  })
  bar.start(events, 0)
  const started = performance.now()
  try {
    const { recorded, duplicates, rejected, reasons, skipped } = await importLog({
      data,
      service,
      clock,
      onProgress: (done) => bar.update(done),
    })
    await service.store.settle()
    bar.stop()
    const seconds = (performance.now() - started) / 1000
    console.log(
      `Imported ${folder} into the ${service.store.name} store: ${recorded} events recorded, ${duplicates} already known, ${rejected} rejected.`,
    )
    if (skipped > 0)
      console.log(
        `${skipped} events were skipped as already imported: they are more than ${service.domain.lateness / 86_400_000} days older than the latest event of the store.`,
      )
    for (const reason of reasons) console.log(`  rejected: ${reason}`)
    for (const line of omissions(problems)) console.log(line)
    console.log(`${(recorded / seconds).toFixed(0)} events a second.`)
  } finally {
    bar.stop()
    await service.close()
  }
}

/** @throws InvalidInputError for a surface attribute of a log that this service recorded, which has the surfaces */
async function sourceOf(folder: string, surfaceAttribute: string | undefined): Promise<ImportSource> {
  if (!(await isRecordedLog(folder))) return new DataFolder(folder, surfaceAttribute)
  if (surfaceAttribute !== undefined)
    throw new InvalidInputError(
      `--surface-attribute is for logs of other systems, but ${folder} was recorded by Liverank: omit the option.`,
    )
  return RecordedFolder.open(folder)
}
