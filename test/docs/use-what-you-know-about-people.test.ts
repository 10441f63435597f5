import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { asker, openTestService } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const page = await readFile('docs/guides/use-what-you-know-about-people.md', 'utf8')

/** Blocks of code in this language. */
const blocks = (language: string) =>
  Array.from(page.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, 'gms')), ([, indent, code]) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )

/** What a slate shows, with the text of each reason. */
interface Reasoned {
  readonly recommendations: {
    readonly items: { readonly item: { readonly itemId: string }; readonly reason: { readonly text: string } }[]
  }
}

it('each step of the guide on attributes of people has the described result', async () => {
  const [yaml] = blocks('yaml')
  const path = join(await temporaryDirectory(), 'our-shop.yaml')
  await writeFile(path, yaml)
  const service = await openTestService({ domain: await loadDomain(path) })
  const ask = asker(service)
  const items = [
    ['sandal', 'sale'],
    ['coat', 'coats'],
    ['brolly', 'umbrellas'],
  ].map(([itemId, category]) => ({ itemId, attributes: { category } }))
  await service.uploads.upsertItems(items)
  const [upload, record, read, recommend] = blocks('graphql')
  const answers: unknown[] = []
  for (const operation of [upload, record, read, recommend]) {
    const { data, errors } = await ask(operation)
    expect(errors).toBeUndefined()
    answers.push(data)
    await service.store.settle()
  }
  const [uploaded, , features, slate] = answers
  expect(uploaded).toEqual({ upsertUsers: { accepted: 1, warnings: [] } })
  expect(features).toMatchObject({
    userFeatures: [{ features: [{ value: 1 }, { value: 1 }] }],
    itemFeatures: [{ features: [{ value: expect.closeTo(4, 6) }] }],
  })
  const shown = (answer: unknown) =>
    (answer as { recommendations: { items: { item: { itemId: string } }[] } }).recommendations.items.map(
      ({ item }) => item.itemId,
    )
  expect(shown(slate).toSorted()).toEqual(['brolly', 'coat', 'sandal'])
  const { data } = await ask(recommend.replace('"me"', '"another"'))
  expect(shown(data).toSorted()).toEqual(['brolly', 'coat'])
  const { data: misspelt } = await ask(upload.replace('member:', 'mebmer:'))
  expect(misspelt).toMatchObject({ upsertUsers: { warnings: [{ message: expect.stringContaining('Did you mean member?') }] } })
})

it('in the guide on attributes of people, a new user gets items that people of the same city like', async () => {
  const [yaml] = blocks('yaml')
  const path = join(await temporaryDirectory(), 'our-shop.yaml')
  await writeFile(path, yaml)
  const service = await openTestService({ domain: await loadDomain(path) })
  const ask = asker(service)
  const [prepare, request] = blocks('graphql').slice(-2)
  expect((await ask(prepare)).errors).toBeUndefined()
  await service.store.settle()
  const reasonsOf = async (operation: string) => {
    const { items } = ((await ask(operation)).data as unknown as Reasoned).recommendations
    return Object.fromEntries(items.map(({ item, reason }) => [item.itemId, reason.text]))
  }
  expect(await reasonsOf(request)).toEqual({ sled: 'Popular with people like you', boat: 'Popular right now' })
  expect(await reasonsOf(request.replace('newcomer', 'stranger'))).toEqual({
    sled: 'Popular right now',
    boat: 'Popular right now',
  })
})
