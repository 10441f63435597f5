import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { LiverankError } from '../errors.ts'
import { STDOUT } from './path-checks.ts'

/** What an export creates, unless it writes to standard output. */
type Made = 'file' | 'folder'

/** The scratch folder, the logger and the signal of an export. */
export interface ExportTools {
  /** An empty folder, which is removed when the export ends. */
  readonly scratch: string
  readonly warn: (message: string) => void
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
}

/**
 * Runs an export. Removes what it copied when it ends.
 * @throws LiverankError UNAVAILABLE if the export was interrupted, the disk is full or standard output was closed; and as `work`
 */
export async function exportToTarget(target: string, made: Made, work: (tools: ExportTools) => Promise<void>): Promise<void> {
  const signal = interruption()
  const scratch = await scratchFor(target)
  const warn = (message: string) => console.error(`Warning: ${message}`)
  try {
    await work({ scratch, warn, signal })
  } catch (error) {
    throw explained(error, signal, made)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Aborts when the process is asked to end, so that nothing half-written stays. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/** On the disk of the target, so that files of a journal can be linked rather than copied where both are on one. */
async function scratchFor(target: string): Promise<string> {
  if (target === STDOUT) return mkdtemp(join(tmpdir(), 'liverank-export-'))
  const parent = dirname(resolve(target))
  await mkdir(parent, { recursive: true })
  return mkdtemp(join(parent, '.liverank-export-'))
}

/** Returns an error as a sentence for the user. */
function explained(error: unknown, interrupted: AbortSignal, made: Made): unknown {
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
