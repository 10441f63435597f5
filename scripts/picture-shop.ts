/**
 * Takes the pictures of the README from a running demo shop: an animation of a slate that changes, two screenshots of the shop, and one of
 * the console.
 *   npm start                          # in another terminal
 *   npx tsx scripts/picture-shop.ts [address of the service] [folder]
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import sharp from 'sharp'

const [origin = 'http://127.0.0.1:4000', folder = 'docs/pictures'] = process.argv.slice(2)
const WINDOW = { width: 1320, height: 860 }
const PHONE = { width: 390, height: 844 }
/** Width of the animation, in pixels. */
const WIDTH = 800
/** Time that frames are shown during a change, and before the next tap, in ms. */
const MOVING_MS = 90
const RESTING_MS = 1400
const FRAMES_OF_CHANGE = 9

const frames: { readonly image: Buffer; readonly shownMs: number }[] = []

async function take(page: Page, shownMs: number): Promise<void> {
  const image = await sharp(await page.screenshot())
    .resize({ width: WIDTH })
    .png()
    .toBuffer()
  frames.push({ image, shownMs })
}

/** Puts an item of the list into the cart, and follows what changes. */
async function tap(page: Page, place: number): Promise<void> {
  const button = page
    .getByRole('region', { name: 'For you' })
    .getByRole('button', { name: /Put into cart/ })
    .nth(place)
  await button.hover()
  await take(page, 500)
  await button.click()
  await page.mouse.move(6, 300)
  for (let frame = 0; frame < FRAMES_OF_CHANGE; frame++) await take(page, MOVING_MS)
  await take(page, RESTING_MS)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
async function save(image: Buffer, name: string): Promise<void> {
  await sharp(image).webp({ quality: 82, effort: 6 }).toFile(join(folder, name))
}

await mkdir(folder, { recursive: true })
const page = await browser.newPage({ viewport: WINDOW, colorScheme: 'light' })
await page.goto(`${origin}/demo`)
await page.getByRole('button', { name: 'Hide', exact: true }).click()
await page.getByRole('button', { name: 'Show more' }).waitFor()
// The slate and the features are what moves.
await page.getByRole('complementary').evaluate((panel) => {
  panel.scrollTop = 276
})
await take(page, RESTING_MS)
for (const place of [5, 2, 3]) await tap(page, place)
await sharp(
  frames.map(({ image }) => image),
  { join: { animated: true } },
)
  .webp({ quality: 62, effort: 6, loop: 0, delay: frames.map(({ shownMs }) => shownMs) })
  .toFile(join(folder, 'slate-changes.webp'))
await page
  .getByRole('button', { name: /^Why is/ })
  .first()
  .click()
await page.getByRole('dialog').getByText('What raised and lowered its score').waitFor()
await save(await page.getByRole('dialog').screenshot(), 'why.webp')

const phone = await browser.newPage({ viewport: PHONE, colorScheme: 'dark', deviceScaleFactor: 2 })
await phone.goto(`${origin}/demo`)
await phone.getByRole('button', { name: 'Hide', exact: true }).click()
await phone.waitForTimeout(RESTING_MS)
await save(await phone.screenshot(), 'phone.webp')

const rules = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
await rules.goto(`${origin}/console/rules?surface=home`)
const preview = rules.getByRole('region', { name: /^Preview: / }).first()
await preview.locator('li').nth(2).getByRole('button', { name: /^Pin / }).click()
await preview.getByText('up 2').waitFor()
await rules.mouse.move(0, 0)
await save(await rules.screenshot(), 'console-rules.webp')
await browser.close()
