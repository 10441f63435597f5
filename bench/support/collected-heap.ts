import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const TELL = `import { renameSync, writeFileSync } from 'node:fs'
process.on('SIGUSR2', () => {
  gc()
  const { HEAP_FILE } = process.env
  writeFileSync(HEAP_FILE + '.new', String(process.memoryUsage().heapUsed))
  renameSync(HEAP_FILE + '.new', HEAP_FILE)
})`

/** Options of Node with which a process tells the size of its heap: see `collectedHeap`. */
export const TELLS_HEAP = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(TELL)}`]

/** Returns the environment of a process with the options TELLS_HEAP. @param folder folder for a file with the answer */
export function heapEnvironment(folder: string): { readonly HEAP_FILE: string } {
  return { HEAP_FILE: join(folder, 'heap-bytes') }
}

/**
 * Returns how much the JavaScript heap of a process holds, in bytes, without garbage.
 * @param folder as for `heapEnvironment`
 */
export async function collectedHeap(pid: number, folder: string): Promise<number> {
  const { HEAP_FILE } = heapEnvironment(folder)
  await rm(HEAP_FILE, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(HEAP_FILE)) await setTimeout(5)
  return Number(await readFile(HEAP_FILE, 'utf8'))
}
