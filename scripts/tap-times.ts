/**
 * Measures the time from a tap in the demo shop to the slate that takes it into account, in Chromium. Prints a JSON object with
 * percentiles in ms.
 *   npm start                          # in another terminal
 *   npx tsx scripts/tap-times.ts [number of taps] [address of the service]
 */
import { chromium } from 'playwright-core'

const [taps = '60', origin = 'http://127.0.0.1:4000'] = process.argv.slice(2)
/** Between two taps, in ms: longer than the service lets pass between two slates of a subscription. */
const PAUSE_MS = 400

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    ...['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ],
})
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
await page.goto(`${origin}/demo`)
const catalogue = page.getByRole('main').locator('section').last()
const buttons = catalogue.getByRole('button', { name: /^Put into cart/ })
await buttons.first().waitFor()
const times: number[] = []
for (let tap = 0; tap < Number(taps); tap++) {
  while ((await buttons.count()) <= tap) await catalogue.getByRole('button', { name: 'Show more' }).click()
  await buttons.nth(tap).click()
  const seen = page.getByTestId('median-tap').filter({ hasText: new RegExp(`, ${tap + 1} taps?$`) })
  await seen.waitFor()
  times.push(Number.parseInt((await page.getByTestId('last-tap').textContent()) ?? '', 10))
  await page.waitForTimeout(PAUSE_MS)
}
await browser.close()
times.sort((a, b) => a - b)
const percentile = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]
console.log(JSON.stringify({ taps: times.length, p50: percentile(0.5), p95: percentile(0.95), max: times.at(-1) }))
