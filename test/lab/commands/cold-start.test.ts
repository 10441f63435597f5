import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PACKAGE_ROOT } from '../../../src/package-root.ts'
import { liverank } from '../../support/command.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const SMALL = ['--seeds', '1', '--items', '30', '--shoppers', '20', '--days', '1', '--events', '200', '--people', '12']

it('liverank cold-start measures the domain without its experiment, whose hold-out gets the most popular items', {
  timeout: 60_000,
}, async () => {
  const people = await readFile(join(PACKAGE_ROOT, 'examples/simulated-people.yaml'), 'utf8')
  const folder = await temporaryDirectory()
  const [plain, tried] = ['', 'experiment: { holdOut: 0.5, policies: [{ name: plain, share: 1 }] }\n'].map(
    async (experiment, at) => {
      const domain = join(folder, `people-${at}.yaml`)
      await writeFile(domain, people + experiment)
      return liverank(['cold-start', ...SMALL], { DOMAIN: domain })
    },
  )
  expect(await tried).toEqual(await plain)
  expect((await plain).out).toMatch(/^\| 2\d\d \|/m)
})
