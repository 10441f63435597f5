import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { type Scrape, startMeasured } from '../support/scrape.ts'
import { LIVE, RECOMMEND, RECORD } from '../support/slate-answer.ts'

const RULES = 'monitoring/alerts.yaml'
const rules = z
  .object({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^Liverank[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[sm]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
            annotations: z.strictObject({ summary: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readFileSync(RULES, 'utf8')))
const alerts = rules.groups.flatMap((group) => group.rules)

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        title: z.string(),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
      }),
    ),
    templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  })
  .parse(JSON.parse(readFileSync('monitoring/grafana-dashboard.json', 'utf8')))
const targets = dashboard.panels.flatMap((panel) => panel.targets)

/** Labels that Prometheus adds when it scrapes. */
const ADDED: ReadonlySet<string> = new Set(['job', 'instance'])

interface Named {
  readonly metric: string
  /** What the expression asks of labels: by name, the values; empty if it only groups by the label. */
  readonly labels: ReadonlyMap<string, readonly string[]>
}

/** Metrics and labels that an expression of PromQL names. */
function namedIn(expr: string): Named[] {
  const selectors = [...expr.matchAll(/\b((?:liverank|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)]
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/,\s*/))
  return selectors.map(([, metric, matchers = '']) => {
    const asked = [...matchers.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(([, label, how, value]) => {
      return [label, how === '=~' ? value.split('|') : [value]] as const
    })
    const labels = new Map<string, readonly string[]>(grouped.map((label) => [label, []]))
    for (const [label, values] of asked) labels.set(label, values)
    return { metric, labels }
  })
}

/** Series of a scrape by metric: the values of their labels. */
function labelsIn(scrapes: readonly Scrape[]): Map<string, Map<string, Set<string>>> {
  const known = new Map<string, Map<string, Set<string>>>()
  for (const series of scrapes.flatMap((scrape) => [...scrape.series.keys()])) {
    const [, metric, list = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series)!
    const labels = known.get(metric) ?? new Map<string, Set<string>>()
    known.set(metric, labels)
    for (const [, label, value] of list.matchAll(/(\w+)="([^"]*)"/g))
      labels.set(label, (labels.get(label) ?? new Set()).add(value))
  }
  return known
}

/** Names in expressions that no series has. */
function unknownIn(expressions: readonly string[], scrapes: readonly Scrape[]): string[] {
  const known = labelsIn(scrapes)
  return expressions.flatMap((expr) =>
    namedIn(expr).flatMap(({ metric, labels }) => {
      const has = known.get(metric)
      if (!has) return `${metric} in: ${expr}`
      return [...labels].flatMap(([label, values]) => {
        if (ADDED.has(label)) return []
        if (!has.has(label)) return `${metric}{${label}} in: ${expr}`
        return values.flatMap((value) => (has.get(label)!.has(value) ? [] : `${metric}{${label}="${value}"} in: ${expr}`))
      })
    }),
  )
}

/** Some of each: an event, a slate and a stream. */
async function traffic(url: string): Promise<void> {
  const client = webSocketClient(url)
  onTestFinished(() => client.close())
  await client.subscribe(LIVE, { input: { userId: 'me' } }).next()
  await post(url, RECORD, { input: { eventId: 'e', userId: 'me', eventType: 'view', itemId: 'a' } })
  await post(url, RECOMMEND, { input: { userId: 'me' } })
}

describe.skipIf(!redisAvailable)('the files for monitoring', () => {
  const scrapes: Scrape[] = []
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())

  it('name metrics and labels that servers on both stores have after some traffic', async () => {
    for (const settings of [{}, { REDIS_URL: redis.url, PARTITIONS: '2', SHARDS: '2' }]) {
      const { url, scrape } = await startMeasured({ ...settings, MODEL: 'default' })
      await traffic(url)
      scrapes.push(await scrape())
    }
    const sources = ['liverank_source_drops_total']
    const expressions = [...alerts, ...targets].map(({ expr }) => expr)
    // A source that was never dropped has no series: its labels are those of its own.
    const always = expressions.filter((expr) => !sources.some((name) => expr.includes(name)))
    expect(expressions.length - always.length).toBe(2)
    expect(unknownIn(always, scrapes)).toEqual([])
    expect(always.flatMap(namedIn).length).toBeGreaterThan(50)
    // The check finds what is wrong.
    expect(
      unknownIn(
        ['rate(liverank_event_total[5m])', 'sum by (kind) (liverank_store_up)', 'liverank_open{what="sockets"}'],
        scrapes,
      ),
    ).toHaveLength(3)
  })

  it('have legends with labels that the expressions keep, panels that do not overlap, and alerts with unique names', () => {
    for (const { expr, legendFormat } of targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/,\s*/))
      if (/\b(sum|max|min)\b/.test(expr))
        expect({ expr, shown: shown.filter((label) => !grouped.includes(label)) }).toEqual({ expr, shown: [] })
    }
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  })

  it('are explained by the guide, which says what to do about each alert', () => {
    const guide = readFileSync('docs/guides/monitor.md', 'utf8')
    expect(alerts.filter(({ alert }) => !guide.includes(`| \`${alert}\` |`)).map(({ alert }) => alert)).toEqual([])
    const explained = [...guide.matchAll(/^\| `(Liverank\w+)` \|/gm)].map(([, name]) => name)
    expect(explained.sort()).toEqual(alerts.map(({ alert }) => alert).sort())
  })
})
