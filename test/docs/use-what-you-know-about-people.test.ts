import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { asker, openTestService } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { blocksOf, guideReader } from './guide-reader.ts'

const GUIDE = 'docs/guides/use-what-you-know-about-people.md'

/** What a slate shows, with the text of each reason where it is asked for. */
interface Shown {
  readonly recommendations: {
    readonly items: { readonly item: { readonly itemId: string }; readonly reason?: { readonly text: string } }[]
  }
}

it('each step of the guide on attributes of people has the described result', async () => {
  const [yaml] = await blocksOf(GUIDE, 'yaml')
  const path = join(await temporaryDirectory(), 'our-shop.yaml')
  await writeFile(path, yaml)
  const service = await openTestService({ domain: await loadDomain(path) })
  const [uploaded, , features, , slate, , newcomers] = await guideReader(service)(GUIDE)

  expect(uploaded).toEqual({ upsertUsers: { accepted: 1, warnings: [] } })
  expect(features).toMatchObject({
    userFeatures: [{ features: [{ value: 1 }, { value: 1 }] }],
    itemFeatures: [{ features: [{ value: expect.closeTo(4, 6) }] }],
  })
  expect(slate).toMatchObject({ recommendations: { warnings: [{ message: expect.stringContaining('3 of 10') }] } })
  expect(Object.keys(reasons(slate)).toSorted()).toEqual(['coat', 'sandal', 'umbrella'])
  const people = { sled: 'Popular with people like you', boat: 'Popular right now' }
  expect(reasons(newcomers)).toMatchObject(people)
  expect(Object.keys(reasons(newcomers)).toSorted()).toEqual(['boat', 'coat', 'sandal', 'sled', 'umbrella'])

  const ask = asker(service)
  const [upload, , , , request, , newcomer] = await blocksOf(GUIDE, 'graphql')
  const { data: misspelt } = await ask(upload.replace('member:', 'mebmer:'))
  expect(misspelt).toMatchObject({ upsertUsers: { warnings: [{ message: expect.stringContaining('Did you mean member?') }] } })
  const { data: guests } = await ask(request.replace('"me"', '"guest"'))
  expect(Object.keys(reasons(guests))).toEqual(expect.arrayContaining(['coat', 'umbrella']))
  expect(Object.keys(reasons(guests))).not.toContain('sandal')
  const { data: strangers } = await ask(newcomer.replace('newcomer', 'stranger'))
  expect(reasons(strangers)).toMatchObject({ sled: 'Popular right now', boat: 'Popular right now' })
})

/** Texts of the reasons by item id. */
function reasons(answer: unknown): Record<string, string | undefined> {
  const { items } = (answer as Shown).recommendations
  return Object.fromEntries(items.map(({ item, reason }) => [item.itemId, reason?.text]))
}
