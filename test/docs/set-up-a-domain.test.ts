import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { asker, openTestService } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { blocksOf, guideReader } from './guide-reader.ts'

const GUIDE = 'docs/guides/set-up-a-domain.md'

/** Writes a domain file of the guide into a new folder. @returns its path */
async function written(code: string, name: string): Promise<string> {
  const path = join(await temporaryDirectory(), name)
  await writeFile(path, code.replace("'liverank'", `'${pathToFileURL('src/domain/define-domain.ts').href}'`))
  return path
}

it('the event that the guide on domains records changes what it says', async () => {
  const [yaml] = await blocksOf(GUIDE, 'yaml')
  const service = await openTestService({ domain: await loadDomain(await written(yaml, 'our-shop.yaml')) })
  expect(await guideReader(service)(GUIDE)).toEqual([
    { recordEvent: { __typename: 'RecordEventPayload' } },
    {
      userFeatures: [{ features: [{ breakdown: [{ key: 'wishlist', value: 1 }] }] }],
      itemFeatures: [{ features: [{ value: expect.closeTo(1, 2) }] }],
    },
  ])
})

it('the source in the module of the guide on domains proposes items', async () => {
  const [module, ...more] = await blocksOf(GUIDE, 'js')
  expect(more).toEqual([])
  const domain = await loadDomain(await written(module, 'our-shop.mjs'))
  expect(domain).toMatchObject({ name: 'our-shop' })
  const service = await openTestService({ domain })
  await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
  const query = '{ recommendations(input: { userId: "me", surface: "home" }) { items { sources { name score } } } }'
  const { data } = await asker(service)(query)
  const weather = { name: 'weather', score: 1 }
  expect(data).toEqual({ recommendations: { items: [{ sources: expect.arrayContaining([weather]) }] } })
})

it('the domain file with mistakes gets the message that the guide on domains prints', async () => {
  const path = await written((await blocksOf(GUIDE, 'yaml')).at(-1)!, 'our-shop.yaml')
  const printed = (await blocksOf(GUIDE, '')).find((text) => text.startsWith('liverank: The domain '))!
  const message = printed.slice('liverank: '.length)
  await expect(loadDomain(path)).rejects.toThrow(message.replace('/srv/our-shop.yaml', path))
})
