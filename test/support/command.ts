import { execFile } from 'node:child_process'

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly errors: string
}

/** Runs `liverank` from the sources, with these settings alone. */
export function liverank(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve) => {
    const options = { env: { PATH, HOME, ...settings }, maxBuffer: 2 ** 27 }
    const command = ['--import', 'tsx', 'lab/commands/main.ts', ...args]
    execFile(process.execPath, command, options, (error, out, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, errors }),
    )
  })
}
