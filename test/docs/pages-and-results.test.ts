import { expect, it } from 'vitest'
import { openTestService } from '../support/server.ts'
import { guideReader } from './guide-reader.ts'

const RESULTS = ['item-0004', 'item-0017', 'item-0042', 'item-0007']

/** Runs the two operations of a guide one after the other, as a reader does. @returns the ids of the items of each */
async function runGuide(path: string): Promise<string[][]> {
  const service = await openTestService()
  const items = Array.from({ length: 60 }, (_, n) => `item-${String(n).padStart(4, '0')}`)
  await service.uploads.upsertItems(items.map((itemId) => ({ itemId, attributes: {} })))
  const answers = await guideReader(service)(path)
  return answers.map((answer) => {
    const { recommendations } = answer as {
      recommendations: { warnings: unknown[]; items: { item: { itemId: string } }[] }
    }
    expect(recommendations.warnings).toEqual([])
    return recommendations.items.map(({ item }) => item.itemId)
  })
}

it('the operations of the guide on an endless feed give two pages without a repeat', async () => {
  const pages = await runGuide('docs/guides/endless-feed.md')
  expect(pages.map(({ length }) => length)).toEqual([5, 5])
  expect(new Set(pages.flat()).size).toBe(10)
})

it('the operations of the guide on search results rank the items that they give', async () => {
  const pages = await runGuide('docs/guides/rank-search-results.md')
  expect(pages.map(({ length }) => length)).toEqual([2, 2])
  expect(pages.flat()).toEqual(RESULTS)
})
