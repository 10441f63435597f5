import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

const COUNT = 100_000
const BATCH = 500
const EVENTS_PER_SECOND = 500
const SECONDS = 10
const VISITS = 5
const UPSERT = 'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'
const RECORD =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded } } }'
const LONGEST_TASK_MS = 100

const traced = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.number(),
      tid: z.number(),
      args: z.object({ name: z.unknown() }).partial().optional(),
      /** Elapsed time in µs, and the part of it in which the thread computed. */
      dur: z.number().optional(),
      tdur: z.number().optional(),
    }),
  ),
})

/**
 * Reads the longest task of the threads that run pages, by the time in which they computed, and by the time that passed, in ms. The
 * difference is waiting for a core: the service and the test share the machine with the browser.
 */
function longestTasks(trace: Buffer): { computingMs: number; elapsedMs: number } {
  const { traceEvents } = traced.parse(JSON.parse(trace.toString()))
  const threadOf = ({ pid, tid }: { pid: number; tid: number }) => `${pid}:${tid}`
  const pages = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  )
  const tasks = traceEvents.filter((one) => one.name === 'ThreadControllerImpl::RunTask' && pages.has(threadOf(one)))
  expect(tasks.length).toBeGreaterThan(0)
  const longest = (of: (task: (typeof tasks)[number]) => number | undefined) =>
    Math.round(Math.max(...tasks.map((task) => of(task) ?? 0)) / 1000)
  return { computingMs: longest(({ tdur }) => tdur), elapsedMs: longest(({ dur }) => dur) }
}

describe.skipIf(!browserAvailable)('with 100,000 items and 100,000 users, the console', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    shop = await ShownShop.open({}, false)
    browser = await startBrowser()
    for (let start = 0; start < COUNT; start += BATCH) {
      const numbers = Array.from({ length: BATCH }, (_, i) => start + i)
      const items = numbers.map((n) => ({ itemId: `item-${n}`, attributes: { title: `Item ${n}`, brand: `brand-${n % 97}` } }))
      expect((await shop.ask(UPSERT, { input: items })).data).toEqual({ upsertItems: { accepted: BATCH } })
      await record(numbers.map((n) => ({ userId: `user-${n}`, itemId: `item-${n}`, eventType: 'view' })))
    }
  }, 600_000)
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  // The target is a second. Whether it is met stands in the lab notes.
  it('shows the first figure of the overview within five seconds', async () => {
    const times = []
    // Each window has an empty cache.
    for (let visit = 0; visit < VISITS; visit++) {
      const page = await openWindow(browser)
      const from = performance.now()
      await page.goto(`${shop.origin}/console`)
      await page.getByRole('region', { name: 'Events per second', exact: true }).getByText(/^\d/).waitFor()
      times.push(Math.round(performance.now() - from))
      await page.context().close()
    }
    console.info({ firstScreenMs: times })
    const [median] = times.toSorted((a, b) => a - b).slice(VISITS >> 1)
    expect(median).toBeLessThan(5000)
  })

  it.each(['', '/users?id=user-1'])('computes for at most 100 ms at a time at 500 events a second, at %s', async (path) => {
    const page = await openWindow(browser)
    await page.goto(`${shop.origin}/console${path}`)
    await page.locator('tbody tr, svg path').first().waitFor()
    await browser.startTracing(page, { categories: ['toplevel'] })
    await recordSteadily()
    const { computingMs, elapsedMs } = longestTasks(await browser.stopTracing())
    console.info({ path, computingMs, elapsedMs })
    expect(computingMs).toBeLessThan(LONGEST_TASK_MS)
  })

  async function record(input: readonly object[]): Promise<void> {
    expect((await shop.ask(RECORD, { input })).data).toEqual({ recordEvents: { recorded: input.length } })
  }

  /** Records events of all users, a tenth of them of one user, at a steady rate. */
  async function recordSteadily(): Promise<void> {
    const from = performance.now()
    for (let n = 0; n < EVENTS_PER_SECOND * SECONDS; n += BATCH / 10) {
      const events = Array.from({ length: BATCH / 10 }, (_, i) => ({
        userId: i % 10 === 0 ? 'user-1' : `user-${(n + i) % COUNT}`,
        itemId: `item-${(n + 7 * i) % COUNT}`,
        eventType: 'view',
      }))
      await record(events)
      // Paces the load, rather than waiting for something.
      const early = ((n + BATCH / 10) / EVENTS_PER_SECOND) * 1000 - (performance.now() - from)
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    }
  }
})
