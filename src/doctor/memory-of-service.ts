import { z } from 'zod'
import type { Config } from '../service/config.ts'
import { type Finding, ok, warning } from './finding.ts'

const PATIENCE_MS = 5000
const MB = 2 ** 20

/** Figures of a process from its metrics, in bytes. */
interface MemoryFigures {
  readonly resident: number
  readonly heap: number
  /** By owner, largest first. */
  readonly owners: readonly (readonly [owner: string, bytes: number])[]
}

/**
 * Returns the memory of a running service, as its metrics port tells it: the resident memory, the heap, and the memory by owner, largest
 * first. If METRICS_PORT is not set, says how to get these figures.
 * @param host host of the service, as it stands in a URL
 */
export async function examineMemory({ METRICS_PORT }: Config, host: string): Promise<Finding> {
  // With 0, the service listens on any free port.
  if (!METRICS_PORT)
    return ok(
      'memory',
      'METRICS_PORT names no port. To see the memory of the service, start it with METRICS_PORT, and run doctor with the same METRICS_PORT.',
    )
  const address = `http://${host}:${METRICS_PORT}/metrics`
  const answered = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) })
    .then((answer) => (answer.ok ? answer.text() : undefined))
    .catch(() => undefined)
  const figures = answered === undefined ? undefined : figuresIn(answered)
  if (figures === undefined)
    return warning(
      'memory',
      `The service gives no metrics at ${address}. So its memory is unknown.`,
      'Start the service with the same METRICS_PORT as doctor.',
    )
  const owners = figures.owners.map(([owner, bytes]) => `${owner} ${inMb(bytes)}`)
  return ok(
    'memory',
    `Resident memory ${inMb(figures.resident)} MB, JavaScript heap ${inMb(figures.heap)} MB. Memory by owner, MB: ${owners.join(', ')}.`,
  )
}

const bytes = z.coerce.number().nonnegative()
const owners = z.array(z.tuple([z.string(), bytes])).min(1)

/** Reads the text format of Prometheus. @returns undefined if it lacks one of the metrics */
function figuresIn(text: string): MemoryFigures | undefined {
  const readMetric = (metric: string) => bytes.safeParse(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]).data
  const [resident, heap] = [readMetric('process_resident_memory_bytes'), readMetric('nodejs_heap_size_used_bytes')]
  const series = [...text.matchAll(/^liverank_memory_bytes\{owner="(\w+)"\} (\S+)$/gm)].map(([, owner, value]) => [owner, value])
  const byOwner = owners.safeParse(series).data
  if (resident === undefined || heap === undefined || byOwner === undefined) return undefined
  return { resident, heap, owners: byOwner.sort(([, a], [, b]) => b - a) }
}

function inMb(size: number): string {
  return (size / MB).toFixed(1)
}
