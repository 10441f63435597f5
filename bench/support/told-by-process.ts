import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

// Renamed when whole: a file that exists can be read.
const TELL = `import { renameSync, writeFileSync } from 'node:fs'
const tell = (told) => {
  const { TOLD_FILE } = process.env
  writeFileSync(TOLD_FILE + '.new', JSON.stringify(told))
  renameSync(TOLD_FILE + '.new', TOLD_FILE)
}`

/**
 * Returns options of Node with which a process tells something when `toldBy` asks.
 * @param module JavaScript that calls `tell` with a value of JSON when the process gets SIGUSR2
 */
export function tellingOptions(module: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(`${TELL}\n${module}`)}`]
}

/** Returns the environment of a process with `tellingOptions`. @param folder folder for a file with the answer, of this process alone */
export function tellingEnvironment(folder: string): { readonly TOLD_FILE: string } {
  return { TOLD_FILE: join(folder, 'told') }
}

/**
 * Returns what a process tells.
 * @param folder as for `tellingEnvironment`
 * @throws Error if the process has ended
 */
export async function toldBy(pid: number, folder: string): Promise<unknown> {
  const { TOLD_FILE } = tellingEnvironment(folder)
  await rm(TOLD_FILE, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(TOLD_FILE)) {
    await setTimeout(5)
    process.kill(pid, 0)
  }
  return JSON.parse(await readFile(TOLD_FILE, 'utf8'))
}
