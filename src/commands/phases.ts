/** What a part of a command took. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  /** Highest resident memory of the process that did it, in MB; null where it is not known. */
  readonly peakMb: number | null
}

const SAMPLED_MS = 50

/** Measures the parts of a command, and prints them. */
export class Phases {
  readonly done: Phase[] = []

  /** Runs a part in this process. Its memory is looked at twenty times a second. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    let peak = process.memoryUsage.rss()
    const look = () => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    const timer = setInterval(look, SAMPLED_MS)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      look()
      this.done.push({ name, seconds: (performance.now() - began) / 1000, peakMb: peak / 2 ** 20 })
    }
  }

  /** A part that another process did, while this one waited. */
  add(phase: Phase): void {
    this.done.push(phase)
  }

  toString(): string {
    const width = Math.max(...this.done.map(({ name }) => name.length))
    const row = (name: string, seconds: string, peak: string) =>
      `${name.padEnd(width)}  ${seconds.padStart(8)}  ${peak.padStart(8)}`
    const rows = this.done.map(({ name, seconds, peakMb }) => row(name, seconds.toFixed(1), peakMb?.toFixed(0) ?? '?'))
    const all = this.done.reduce((sum, { seconds }) => sum + seconds, 0)
    const most = Math.max(...this.done.map(({ peakMb }) => peakMb ?? 0))
    return [row('', 'seconds', 'peak MB'), ...rows, row('all', all.toFixed(1), most.toFixed(0))].join('\n')
  }
}
