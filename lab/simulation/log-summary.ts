import type { SimulatedEvent, SimulatedEventType } from './simulated-event.ts'

/** Counts the events of a simulated log. */
export class LogSummary {
  readonly #byType = new Map<SimulatedEventType, number>()
  readonly #bySurface = new Map<string, { impressions: number; clicks: number }>()
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  add({ eventType, eventAttributes, timestamp }: SimulatedEvent): void {
    this.#byType.set(eventType, this.count(eventType) + 1)
    this.#first = Math.min(this.#first, timestamp)
    this.#last = Math.max(this.#last, timestamp)
    if (eventType !== 'impression' && eventType !== 'click') return
    const surface = String(eventAttributes?.surface)
    const counts = this.#bySurface.get(surface) ?? { impressions: 0, clicks: 0 }
    if (eventType === 'click') counts.clicks++
    else counts.impressions++
    this.#bySurface.set(surface, counts)
  }

  count(eventType: SimulatedEventType): number {
    return this.#byType.get(eventType) ?? 0
  }

  get events(): number {
    return [...this.#byType.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Lines of text, in Markdown, that end without a line break. */
  toMarkdown(): string {
    const number = (value: number): string => value.toLocaleString('en-US')
    const rate = (part: number, whole: number): string => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`)
    const time = (at: number): string => new Date(at).toISOString()
    const types = [...this.#byType].sort(([, left], [, right]) => right - left)
    const surfaces = [...this.#bySurface].sort(([left], [right]) => left.localeCompare(right))
    return [
      this.events === 0 ? '- No events.' : `- ${number(this.events)} events, ${time(this.#first)} to ${time(this.#last)}.`,
      `- ${types.map(([type, count]) => `${type} ${number(count)}`).join(', ')}.`,
      `- Click rate of slates ${rate(this.count('click'), this.count('impression'))}: ${surfaces
        .map(([surface, { clicks, impressions }]) => `${surface} ${rate(clicks, impressions)}`)
        .join(', ')}.`,
      `- Carts over views ${rate(this.count('add_to_cart'), this.count('view'))}, purchases over carts ${rate(
        this.count('purchase'),
        this.count('add_to_cart'),
      )}.`,
    ].join('\n')
  }
}
