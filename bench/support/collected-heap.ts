import { tellingOptions, toldBy } from './told-by-process.ts'

/** Options of Node with which a process tells the size of its heap: see `collectedHeap`. */
export const TELLS_HEAP = [
  '--expose-gc',
  // Buffers that nothing holds are let go in a later turn.
  ...tellingOptions(`process.on('SIGUSR2', () => {
  gc()
  setTimeout(() => {
    gc()
    const { heapUsed, external } = process.memoryUsage()
    tell({ heapUsed, external })
  }, 50)
})`),
]

/** What a process holds without garbage, in bytes. */
interface Collected {
  /** JavaScript objects. */
  readonly heapUsed: number
  /** What they hold outside the heap, such as buffers. */
  readonly external: number
}

/** Returns what a process with the options TELLS_HEAP holds, without garbage. @param folder as for `tellingEnvironment` */
export async function collectedHeap(pid: number, folder: string): Promise<Collected> {
  return (await toldBy(pid, folder)) as Collected
}
