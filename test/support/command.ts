import { execFile } from 'node:child_process'
import { LIVERANK_LAB } from './built-command.ts'

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly errors: string
}

/** Runs `liverank` as it is built, with these settings alone. */
export function liverank(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env
  return new Promise((resolve) => {
    const options = { env: { PATH, HOME, TMPDIR, ...settings }, maxBuffer: 2 ** 27 }
    const command = [LIVERANK_LAB, ...args]
    execFile(process.execPath, command, options, (error, out, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, errors }),
    )
  })
}
