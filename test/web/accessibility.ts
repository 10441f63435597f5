import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Waits until nothing fades in, grows or moves any more. */
function stillness(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const hasEnd = ({ effect }: Animation) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY
    const ending = () => document.getAnimations().filter((one) => one.playState === 'running' && hasEnd(one))
    // A slate that comes meanwhile begins new ones. An element that goes away cancels its own.
    while (ending().length > 0) await Promise.allSettled(ending().map(({ finished }) => finished))
  })
}

/** Returns what axe finds serious or critical in a page, with the elements. */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(await source)
  await stillness(page)
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** Returns links and controls that are less high than a fingertip needs, with their heights in CSS pixels. */
export async function lowTargets(page: Page): Promise<string[]> {
  await stillness(page)
  return page
    .locator('a:visible, button:visible, input:visible, summary:visible')
    .evaluateAll((targets) =>
      targets
        .map((target) => `${target.textContent} ${Math.round(target.getBoundingClientRect().height)}`)
        .filter((text) => Number(text.split(' ').at(-1)) < 24),
    )
}

/** Returns by how many CSS pixels a page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Returns the names of the tables of a page that are wider than their place. On a phone, nobody sees what is cut off. */
export function cutTables(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('section[tabindex="0"]')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((place) => place.getAttribute('aria-label') ?? ''),
  )
}

/** Returns what a finger would hardly hit in the tables of a page: links, buttons and boxes below 24 px, in CSS pixels. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('td a, td button, td label, th button')].flatMap((target) => {
      const { width, height } = target.getBoundingClientRect()
      const isShown = width > 0 && height > 0
      return isShown && Math.min(width, height) < 24 ? `${target.textContent} ${width} × ${height}` : []
    }),
  )
}
