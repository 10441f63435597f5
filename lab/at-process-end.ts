/** Signals that ask a command to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const works = new Set<() => void>()

/**
 * Does the work before a signal ends this process. What was asked for last is done first.
 * @returns takes the work back
 */
export function atProcessEnd(work: () => void): () => void {
  if (works.size === 0) for (const signal of SIGNALS) process.on(signal, end)
  works.add(work)
  return () => {
    works.delete(work)
    if (works.size === 0) for (const signal of SIGNALS) process.off(signal, end)
  }
}

function end(signal: NodeJS.Signals): void {
  for (const work of [...works].reverse()) work()
  for (const one of SIGNALS) process.off(one, end)
  // Ends as it would have ended: who waits for this process sees the signal.
  process.kill(process.pid, signal)
}
