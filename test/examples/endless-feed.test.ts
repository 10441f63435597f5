import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openTestService, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

const run = promisify(execFile)
const ITEMS = Array.from({ length: 12 }, (_, n) => `i${n}`)

it('prints pages without a repeat, and where the feed ends', async () => {
  const service = await openTestService({ tokens: { JWT_SECRET } })
  await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
  const { url } = await serve(service)
  const env = { ...process.env, LIVERANK_TOKEN: await deviceToken('ana') }
  const { stdout } = await run(process.execPath, ['examples/endless-feed.mjs', 'ana', '5', '9', url], { env })
  const lines = stdout.trimEnd().split('\n')
  const pages = lines.filter((line) => line.startsWith('page')).map((line) => line.split(' ').slice(2).filter(Boolean))
  expect(pages.map(({ length }) => length)).toEqual([5, 5, 2, 0])
  expect(pages.flat().sort()).toEqual([...ITEMS].sort())
  expect(lines.filter((line) => line.startsWith('  TOO_FEW_ITEMS: '))).toHaveLength(2)
})

it('ends with the error of the service if it is refused', async () => {
  const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
  const env = { ...process.env, LIVERANK_TOKEN: await deviceToken('bob') }
  const failed = run(process.execPath, ['examples/endless-feed.mjs', 'ana', '5', '1', url], { env })
  await expect(failed).rejects.toThrow(/ana/)
})
