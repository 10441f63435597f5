import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

// What the heap grew by between two collections has been allocated. Buffers outside the heap do not count.
const TELL = `import { renameSync, writeFileSync } from 'node:fs'
import { GCProfiler, getHeapStatistics } from 'node:v8'
const used = () => getHeapStatistics().used_heap_size
let profiler = new GCProfiler()
let [allocated, last] = [0, used()]
profiler.start()
process.on('SIGUSR2', () => {
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - last
    last = afterGC.heapStatistics.usedHeapSize
  }
  const now = used()
  allocated += now - last
  const { ALLOCATED_FILE } = process.env
  writeFileSync(ALLOCATED_FILE + '.new', String(allocated))
  renameSync(ALLOCATED_FILE + '.new', ALLOCATED_FILE)
  last = used()
  profiler = new GCProfiler()
  profiler.start()
})`

/** Options of Node with which a process tells what it has allocated: see `allocatedBytes`. */
export const TELLS_ALLOCATED = ['--import', `data:text/javascript,${encodeURIComponent(TELL)}`]

/** Returns the environment of a process with the options TELLS_ALLOCATED. @param folder folder for a file with the answer */
export function allocatedEnvironment(folder: string): { readonly ALLOCATED_FILE: string } {
  return { ALLOCATED_FILE: join(folder, 'allocated-bytes') }
}

/**
 * Returns the bytes of objects that the process has made since it began, also of those that are garbage now.
 * @param folder as for `allocatedEnvironment`
 */
export async function allocatedBytes(pid: number, folder: string): Promise<number> {
  const { ALLOCATED_FILE } = allocatedEnvironment(folder)
  await rm(ALLOCATED_FILE, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(ALLOCATED_FILE)) await setTimeout(5)
  return Number(await readFile(ALLOCATED_FILE, 'utf8'))
}
