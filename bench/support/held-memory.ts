import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes of heap and buffers that are left when garbage is collected. */
export async function heldMemory(): Promise<number> {
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    collectGarbage()
    // Buffers that nothing holds are let go in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external > 0.999 * before) return heapUsed + external
    before = heapUsed + external
  }
}
