/** The time and memory that a part of a command took. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  /** Time of the processors that the part used, in seconds; null if unknown. */
  readonly cpuSeconds: number | null
  /** Highest resident memory of the process that ran the part, in MB; null if unknown. */
  readonly peakMb: number | null
}

const SAMPLED_MS = 50

/** Measures the parts of a command, and prints them. */
export class Phases {
  readonly done: Phase[] = []

  /** Runs a part in this process. Its memory is looked at twenty times a second. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    const used = process.cpuUsage()
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
      const { user, system } = process.cpuUsage(used)
      const seconds = (performance.now() - began) / 1000
      this.done.push({ name, seconds, cpuSeconds: (user + system) / 1e6, peakMb: peak / 2 ** 20 })
    }
  }

  /** A part that another process did, while this one waited. */
  add(phase: Phase): void {
    this.done.push(phase)
  }

  toString(): string {
    const width = Math.max(...this.done.map(({ name }) => name.length))
    const row = (name: string, ...cells: string[]) => [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join('')
    const number = (value: number | null, digits = 0) => value?.toFixed(digits) ?? '?'
    const sum = (values: (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0)
    const rows = this.done.map(({ name, seconds, cpuSeconds, peakMb }) =>
      row(name, number(seconds, 1), number(cpuSeconds, 1), number(peakMb)),
    )
    const seconds = sum(this.done.map(({ seconds }) => seconds))
    const cpuSeconds = sum(this.done.map(({ cpuSeconds }) => cpuSeconds))
    const peakMb = Math.max(...this.done.map(({ peakMb }) => peakMb ?? 0))
    const all = row('all', number(seconds, 1), number(cpuSeconds, 1), number(peakMb))
    return [row('', 'seconds', 'of CPU', 'peak MB'), ...rows, all].join('\n')
  }
}
