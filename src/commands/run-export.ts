import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { readConfig } from '../config.ts'
import { InvalidInputError, LiverankError } from '../errors.ts'
import { type ExportSummary, exportToFolder, exportToStream } from '../export/export-log.ts'
import { openLog } from '../export/open-log.ts'
import { checkFolders } from './option-parsers.ts'

/** Target that stands for standard output. */
export const STDOUT = '-'
/** Of the lines that are left out, so many are named. */
const NAMED = 5

/**
 * Exports the log of the store that the settings name. Prints a summary on standard error, or on standard output if the target is a
 * folder.
 * @param target path of the folder to create, or `-` for standard output
 * @param archives further folders with archives of the store
 * @throws InvalidInputError if the folder exists, or an archive cannot be read
 * @throws LiverankError as `openLog`
 */
export async function runExport(target: string, archives: readonly string[]): Promise<void> {
  if (target !== STDOUT && existsSync(target))
    throw new InvalidInputError(`${target} exists, and an export never overwrites: name a folder that does not exist.`)
  await checkFolders(archives)
  const config = readConfig(process.env)
  const interrupted = interruption()
  const scratch = await scratchFor(target)
  const bar = progressBar()
  try {
    const warn = (message: string) => console.error(`Warning: ${message}`)
    const archive = await openLog({ config, archives, scratch, warn, signal: interrupted })
    bar.start(0, 0)
    const task = { archive, onProgress: (entries: number) => bar.update(entries), signal: interrupted }
    const summary = target === STDOUT ? await exportToStream(process.stdout, task) : await exportToFolder(target, task)
    bar.stop()
    report(target, summary)
  } catch (error) {
    bar.stop()
    throw explained(error, interrupted)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Aborts when the process is asked to end, so that nothing half-written stays. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/** On the disk of the target, so that files of a journal can be linked rather than copied where both are on one. */
export async function scratchFor(target: string): Promise<string> {
  if (target === STDOUT) return mkdtemp(join(tmpdir(), 'liverank-export-'))
  const parent = dirname(resolve(target))
  await mkdir(parent, { recursive: true })
  return mkdtemp(join(parent, '.liverank-export-'))
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

/** Returns an error as a sentence for the user. @param made what the export would have created */
export function explained(error: unknown, interrupted: AbortSignal, made: 'file' | 'folder' = 'folder'): unknown {
  if (interrupted.aborted)
    return new LiverankError('UNAVAILABLE', `The export was interrupted, so no ${made} was created.`, { cause: error })
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'EPIPE')
    return new LiverankError('UNAVAILABLE', 'Standard output was closed before the export ended.', { cause: error })
  if (error.code === 'ENOSPC')
    return new LiverankError(
      'UNAVAILABLE',
      `The disk is full, so no ${made} was created: make room, or name a ${made} on another disk.`,
      {
        cause: error,
      },
    )
  return error
}
