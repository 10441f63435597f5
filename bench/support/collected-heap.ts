import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

// Buffers that nothing holds are let go in a later turn.
const TELL = `import { renameSync, writeFileSync } from 'node:fs'
process.on('SIGUSR2', () => {
  gc()
  setTimeout(() => {
    gc()
    const { HEAP_FILE } = process.env
    const { heapUsed, external } = process.memoryUsage()
    writeFileSync(HEAP_FILE + '.new', JSON.stringify({ heapUsed, external }))
    renameSync(HEAP_FILE + '.new', HEAP_FILE)
  }, 50)
})`

/** Options of Node with which a process tells the size of its heap: see `collectedHeap`. */
export const TELLS_HEAP = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(TELL)}`]

/** What a process holds without garbage, in bytes. */
interface Collected {
  /** JavaScript objects. */
  readonly heapUsed: number
  /** What they hold outside the heap, such as buffers. */
  readonly external: number
}

/** Returns the environment of a process with the options TELLS_HEAP. @param folder folder for a file with the answer */
export function heapEnvironment(folder: string): { readonly HEAP_FILE: string } {
  return { HEAP_FILE: join(folder, 'heap-bytes') }
}

/**
 * Returns what a process holds, without garbage.
 * @param folder as for `heapEnvironment`
 */
export async function collectedHeap(pid: number, folder: string): Promise<Collected> {
  const { HEAP_FILE } = heapEnvironment(folder)
  await rm(HEAP_FILE, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(HEAP_FILE)) await setTimeout(5)
  return JSON.parse(await readFile(HEAP_FILE, 'utf8')) as Collected
}
