import { expect, it } from 'vitest'
import { asker, openTestService } from '../support/server.ts'
import { type MarkdownPage, readPage } from './markdown-page.ts'

const RESULTS = ['item-0004', 'item-0017', 'item-0042', 'item-0007']

function operationsOf({ blocks }: MarkdownPage): string[] {
  return blocks.filter(({ language }) => language === 'graphql').map(({ text }) => text)
}

/** Runs the two operations of a guide one after the other, as a reader does. @returns the ids of the items of each */
async function runGuide(path: string, variablesAfter: (recommendationId: string) => object): Promise<string[][]> {
  const service = await openTestService()
  const items = Array.from({ length: 60 }, (_, n) => `item-${String(n).padStart(4, '0')}`)
  await service.uploads.upsertItems(items.map((itemId) => ({ itemId, attributes: {} })))
  const ask = asker(service)
  const [first, next] = operationsOf(await readPage(path))
  const slate = async (query: string, variables: object) => {
    const { data, errors } = await ask(query, { ...variables })
    expect(errors).toBeUndefined()
    const { recommendations } = data as {
      recommendations: { recommendationId: string; warnings: unknown[]; items: { item: { itemId: string } }[] }
    }
    expect(recommendations.warnings).toEqual([])
    return recommendations
  }
  const before = await slate(first, {})
  const after = await slate(next, variablesAfter(before.recommendationId))
  return [before, after].map((one) => one.items.map(({ item }) => item.itemId))
}

it('the operations of the guide on an endless feed give two pages without a repeat', async () => {
  const pages = await runGuide('docs/guides/endless-feed.md', (lastPage) => ({ lastPage }))
  expect(pages.map(({ length }) => length)).toEqual([5, 5])
  expect(new Set(pages.flat()).size).toBe(10)
})

it('the operations of the guide on search results rank the items that they give', async () => {
  const found = RESULTS.map((itemId) => ({ itemId }))
  const pages = await runGuide('docs/guides/rank-search-results.md', (onScreen) => ({ onScreen, found }))
  expect(pages.flat()).toEqual(RESULTS)
})
