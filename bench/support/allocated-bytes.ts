import { tellingOptions, toldBy } from './told-by-process.ts'

/** Options of Node with which a process tells what it has allocated: see `allocatedBytes`. */
export const TELLS_ALLOCATED = tellingOptions(
  // What the heap grew by between two collections has been allocated. Buffers outside the heap do not count.
  `import { GCProfiler, getHeapStatistics } from 'node:v8'
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
  tell(allocated)
  last = used()
  profiler = new GCProfiler()
  profiler.start()
})`,
)

/**
 * Returns the bytes of objects that a process with the options TELLS_ALLOCATED has made since it began, also of those that are garbage now.
 * @param folder as for `tellingEnvironment`
 */
export async function allocatedBytes(pid: number, folder: string): Promise<number> {
  return (await toldBy(pid, folder)) as number
}
