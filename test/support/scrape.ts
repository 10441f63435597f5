import { StartedService } from './started-service.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** One scrape: the value of each series, by its name and labels as they are written. */
export class Scrape {
  readonly series: ReadonlyMap<string, number>
  /** Type by metric. */
  readonly types: ReadonlyMap<string, string>

  constructor(text: string) {
    const lines = text.split('\n')
    const written = lines.flatMap((line) => /^([a-z_]\w*(?:\{.*\})?) (\S+)$/i.exec(line) ?? []).map(String)
    const pairs: [string, number][] = []
    for (let at = 0; at < written.length; at += 3) pairs.push([written[at + 1], numberOf(written[at + 2])])
    this.series = new Map(pairs)
    this.types = new Map(
      lines
        .flatMap((line) => (/^# TYPE (\w+) (\w+)$/.exec(line)?.slice(1) as [string, string]) ?? [])
        .flatMap((word, i, words) => (i % 2 === 0 ? [[word, words[i + 1]] as [string, string]] : [])),
    )
  }

  /** Value of a series. @throws if the scrape does not have it */
  of(series: string): number {
    const value = this.series.get(series)
    if (value === undefined) throw new Error(`The scrape has no series ${series}.`)
    return value
  }

  /** By how much each series of these metrics has grown since another scrape; only those that have. */
  since(before: Scrape, metrics: RegExp): Record<string, number> {
    const grown = [...this.series].flatMap(([name, value]) => {
      const by = value - (before.series.get(name) ?? 0)
      return metrics.test(name) && by !== 0 ? [[name, by] as const] : []
    })
    return Object.fromEntries(grown)
  }
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === 'Nan' || text === 'NaN' ? Number.NaN : Number(text)
}

/** A service as it is started, with its metrics. */
export interface MeasuredService {
  readonly service: StartedService
  readonly url: string
  readonly metricsUrl: string
  scrape(): Promise<Scrape>
}

/** @param command of the service, as `StartedService` takes it */
export async function startMeasured(
  settings: Record<string, string> = {},
  command?: readonly string[],
): Promise<MeasuredService> {
  const service = new StartedService({ DATA_DIR: await temporaryDirectory(), METRICS_PORT: '0', ...settings }, command)
  const { url, metricsPort } = await service.says('serving')
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
  const scrape = async () => {
    const response = await fetch(metricsUrl)
    if (response.status !== 200) throw new Error(`The scrape was answered with ${response.status}.`)
    return new Scrape(await response.text())
  }
  return { service, url: url!, metricsUrl, scrape }
}
