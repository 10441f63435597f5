import { SingleBar } from 'cli-progress'
import { type ExportSummary, exportToFolder, exportToStream } from '../export/export-log.ts'
import { openLog } from '../export/open-log.ts'
import { readConfig } from '../service/config.ts'
import { exportToTarget } from './export-to-target.ts'
import { STDOUT } from './path-checks.ts'

/** Maximum number of omitted lines that are named. */
const NAMED = 5

/**
 * Exports the log of the store that the settings name. Prints a summary on standard error, or on standard output if the target is a
 * folder.
 * @param target path of the folder to create, or `-` for standard output
 * @param archives further folders with archives of the store
 * @throws LiverankError as `openLog`
 */
export async function runExport(target: string, archives: readonly string[]): Promise<void> {
  const config = readConfig(process.env)
  await exportToTarget(target, 'folder', async (tools) => {
    const bar = progressBar()
    let summary: ExportSummary
    try {
      const archive = await openLog({ config, archives, ...tools })
      bar.start(0, 0)
      const task = { archive, onProgress: (entries: number) => bar.update(entries), signal: tools.signal }
      summary = target === STDOUT ? await exportToStream(process.stdout, task) : await exportToFolder(target, task)
    } finally {
      bar.stop()
    }
    report(target, summary)
  })
}

/** On standard error, and on a terminal only. */
function progressBar(): SingleBar {
  return new SingleBar({ format: '{value} entries, {duration_formatted}', clearOnComplete: true, stream: process.stderr })
}

function report(target: string, { entries, events, from, to, broken }: ExportSummary): void {
  const say = target === STDOUT ? console.error : console.log
  const time = (at: number | undefined) => new Date(at ?? 0).toISOString()
  const span = from === undefined ? '' : ` recorded from ${time(from)} to ${time(to)}`
  say(`Exported ${entries} entries with ${events} events${span}.`)
  if (broken.length > 0) console.error(`Warning: ${broken.length} broken lines were omitted:`)
  for (const message of broken.slice(0, NAMED)) console.error(`  ${message}`)
  if (target !== STDOUT) say(`Read it with: liverank train ${target}, or DATA_DIR=… liverank import ${target}`)
}
