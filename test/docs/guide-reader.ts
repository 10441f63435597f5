import { expect } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { asker } from '../support/server.ts'
import { readPage } from './markdown-page.ts'

/** What stands in the guides in place of the id of a slate. */
const SLATE_ID = '04-…'

/** A block of GraphQL on a page, with the variables that the page shows for it. */
interface PrintedOperation {
  readonly query: string
  /** JSON, or undefined if the next block of code on the page is no JSON. */
  readonly variables: string | undefined
}

/** Blocks of code of a page in this language. */
export async function blocksOf(path: string, language: string): Promise<string[]> {
  const { blocks } = await readPage(path)
  return blocks.filter((block) => block.language === language).map(({ text }) => text)
}

async function operationsOf(path: string): Promise<PrintedOperation[]> {
  const { blocks } = await readPage(path)
  return blocks.flatMap(({ language, text }, at) => {
    if (language !== 'graphql') return []
    const next = blocks[at + 1]
    return [{ query: text, variables: next?.language === 'json' ? next.text : undefined }]
  })
}

/**
 * Reads guides at the console of a service: sends the operations that they print, in the order in which they print them.
 * In place of `04-…`, it writes the id of the latest slate that it got. It fails at the first answer with errors.
 * @returns runs the operations of the page at this path, and returns the `data` of their answers
 */
export function guideReader(service: Service): (path: string) => Promise<readonly unknown[]> {
  const ask = asker(service)
  let slateId = SLATE_ID
  return async (path) => {
    const answers: unknown[] = []
    for (const { query, variables } of await operationsOf(path)) {
      const [text, values] = [query, variables ?? '{}'].map((printed) => printed.replaceAll(SLATE_ID, slateId))
      const { data, errors } = await ask(text, JSON.parse(values))
      expect(errors, `${path}: ${query}`).toBeUndefined()
      await service.store.settle()
      slateId = /"recommendationId":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? slateId
      answers.push(data)
    }
    return answers
  }
}
