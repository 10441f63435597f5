import { SingleBar } from 'cli-progress'
import { type Clock, eventClock } from '../clock.ts'
import { InvalidInputError } from '../errors.ts'
import { DataFolder } from '../import/data-folder.ts'
import { importLog } from '../import/import-log.ts'
import type { ImportSource } from '../import/import-source.ts'
import { isRecordedLog } from '../import/is-recorded-log.ts'
import { noProblems, omissions } from '../import/log-problems.ts'
import { RecordedFolder } from '../import/recorded-folder.ts'
import { warningsOnStderr } from '../logging/logger.ts'
import { readConfig } from '../service/config.ts'
import { openFromSettings } from '../service/open-from-settings.ts'
import type { Service } from '../service/service.ts'

/**
 * Imports a log into the store that the settings name, and prints the outcomes of its events. Opens the store before it reads the log,
 * so that settings that cannot be used are refused at once.
 * @param surfaceAttribute name of the event attribute that holds the surface, if it is not `surface`
 * @throws InvalidInputError for a surface attribute of a log that this service recorded
 * @throws LiverankError UNUSABLE_DATA or UNAVAILABLE, as `importLog`; and as `openFromSettings`
 */
export async function runImport(folder: string, surfaceAttribute: string | undefined): Promise<void> {
  const config = { ...readConfig(process.env), CLOCK: 'events' as const, MODEL: '' }
  const isRecorded = await isRecordedLog(folder)
  if (isRecorded && surfaceAttribute !== undefined)
    throw new InvalidInputError(
      `--surface-attribute is for logs of other systems, but ${folder} was recorded by Liverank: omit the option.`,
    )
  const clock = eventClock()
  const service = await openFromSettings(config, { clock, logger: warningsOnStderr() })
  try {
    const data = isRecorded ? await RecordedFolder.open(folder) : new DataFolder(folder, surfaceAttribute)
    await importInto({ data, service, clock })
  } finally {
    await service.close()
  }
}

/** Reads the whole log once before the import, so that a log that cannot be read is refused before it changes the store. */
async function importInto(task: {
  readonly data: ImportSource
  readonly service: Service
  readonly clock: Clock
}): Promise<void> {
  const { data, service } = task
  const problems = noProblems()
  let events = 0
  for await (const _ of data.events(problems)) events++
  const bar = new SingleBar({
    format: '|{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go',
    clearOnComplete: true,
  })
  bar.start(events, 0)
  const started = performance.now()
  try {
    const { recorded, duplicates, rejected, reasons, skipped } = await importLog({
      ...task,
      onProgress: (done) => bar.update(done),
    })
    await service.store.settle()
    bar.stop()
    const seconds = (performance.now() - started) / 1000
    console.log(
      `Imported ${data.folder} into the ${service.store.name} store: ${recorded} events recorded, ${duplicates} already known, ${rejected} rejected.`,
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
  }
}
