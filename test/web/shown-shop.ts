import { rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { startOfHistory } from '../../lab/demo/demo-shop.ts'
import { recordDemo } from '../../lab/demo/fill.ts'
import { wallClock } from '../../src/clock.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { readConfig } from '../../src/service/config.ts'
import { openFromSettings } from '../../src/service/open-from-settings.ts'
import type { Service } from '../../src/service/service.ts'
import { openIdClientOf } from '../../src/settings/openid-settings.ts'
import { HANGS_MS } from '../support/eventually.ts'
import type { Answer, Variables } from '../support/graphql-client.ts'
import { asker, silent } from '../support/server.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

/** A service with the web pages, as `npm start` runs it, without simulated shoppers. */
export class ShownShop {
  readonly #settings: Record<string, string>
  readonly #folder: string
  #port = 0
  #service!: Service
  #server!: RunningServer

  private constructor(settings: Record<string, string>, folder: string) {
    this.#settings = settings
    this.#folder = folder
  }

  /** Opens a shop with the items and events of the demo, or an empty one. @param settings of the service, such as `REDIS_URL` */
  static async open(settings: Record<string, string> = {}, isFilled = true): Promise<ShownShop> {
    const folder = scratchDirectory()
    const shop = new ShownShop({ MODEL: 'default', ...settings, DATA_DIR: folder }, folder)
    await shop.#start()
    if (isFilled) await shop.#fill()
    return shop
  }

  get origin(): string {
    return new URL(this.#server.url).origin
  }

  /** Asks the service in this process. */
  ask(query: string, variables?: Variables): Promise<Answer> {
    return asker(this.#service)(query, variables)
  }

  /** Stops the server and the service, and starts both on the same port and data. */
  async restart(): Promise<void> {
    await this.#stop()
    await this.#start()
  }

  async close(): Promise<void> {
    await this.#stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #fill(): Promise<void> {
    await recordDemo(this.#service, startOfHistory(Date.now()))
    await this.#service.store.settle()
  }

  async #start(): Promise<void> {
    const config = readConfig({ ...this.#settings, PARTITIONS: '4', SHARDS: '2' })
    // The date is asked for each time: a test may set it.
    const clock = { ...wallClock(), wall: () => Date.now() }
    this.#service = await openFromSettings(config, { clock, logger: silent, observe: () => undefined })
    const pages = ['start', 'shop', 'console'] as const
    const address = { host: '127.0.0.1', port: this.#port }
    this.#server = await startServer(this.#service, {
      ...address,
      graphiql: true,
      logger: silent,
      network: config,
      pages,
      openId: openIdClientOf(config),
    })
    this.#port = Number(new URL(this.#server.url).port)
  }

  async #stop(): Promise<void> {
    await this.#server.close()
    await this.#service.close()
  }
}

/** A window of a new browser profile, which fails the test if the page throws, logs an error, or breaks its policy. */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(HANGS_MS)
  onTestFinished(() => context.close())
  return openTab(await context.newPage())
}

const OF_THE_NETWORK = /Failed to load resource|WebSocket connection to|Unable to preload|dynamically imported module/

/**
 * Most time that each answer of the API is late, in ms; a part of it, left to chance, is waited. Answers then come in another order than
 * asked for. The WebSocket is not late.
 */
const LATE_ANSWERS_MS = Number(process.env.LATE_ANSWERS_MS ?? 0)

async function delayAnswers(page: Page): Promise<void> {
  await page.route('**/graphql', async (route) => {
    // Most answers are early, so that few are waited for together.
    await setTimeout(LATE_ANSWERS_MS * Math.random() ** 2)
    // A page that has gone waits for no answer.
    await route.fallback().catch(() => undefined)
  })
}

/** Watches a page for errors of its code. Failures of the network are no errors of the page. */
export function openTab(page: Page): Page {
  if (LATE_ANSWERS_MS > 0) void delayAnswers(page)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !OF_THE_NETWORK.test(message.text())) errors.push(message.text())
  })
  page.on('dialog', (dialog) => {
    errors.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  onTestFinished(() => expect(errors).toEqual([]))
  return page
}
