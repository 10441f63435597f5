import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { HANGS_MS } from './eventually.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Whether a browser can be started here. */
export const browserAvailable = existsSync(CHROMIUM)

if (!browserAvailable)
  console.warn(`Tests in a browser are skipped, since ${CHROMIUM} is missing: install Chromium, or name it in CHROMIUM.`)

/** Starts Chromium with an empty profile. Each name of a site under `.example` leads to this machine. */
export function startBrowser(): Promise<Browser> {
  const quiet = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update']
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', ...quiet, '--disable-sync', '--host-resolver-rules=MAP *.example 127.0.0.1'],
  })
}

/** Opens an empty page of a site. It is served on a port of its own, until the running test has finished. */
export async function openPageOf(browser: Browser, host: string): Promise<Page> {
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>A page</title><body></body>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const context = await browser.newContext()
  context.setDefaultTimeout(HANGS_MS)
  onTestFinished(async () => {
    await context.close()
    site.closeAllConnections()
    await new Promise((resolve) => site.close(resolve))
  })
  const page = await context.newPage()
  await page.goto(`http://${host}:${(site.address() as AddressInfo).port}/`)
  return page
}
