import { existsSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../lab/commands/commands.ts'
import { programOf } from '../../../src/commands/program.ts'
import { liverank } from '../../support/command.ts'
import { itWhenLong } from '../../support/long.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { scratchDirectory, temporaryDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'

const folder = simulatedFolder()
const recorded = scratchDirectory()
writeFileSync(join(recorded, 'journal-000001.jsonl'), '')
const out = join(scratchDirectory(), 'out')

/** By command, arguments with which it reads the domain. */
const READERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  serve: [['serve']],
  import: [['import', folder]],
  export: [['export', '--user', 'ann', out]],
  keys: [['keys', 'list']],
  train: [['train', folder, '--out', out]],
  learn: [['learn', folder, '--work', out, '--once']],
  offline: [['offline', folder, '--url', 'http://127.0.0.1:1/graphql']],
  evaluate: [['evaluate', folder]],
  replay: [['replay', folder]],
  simulate: [
    ['simulate', '--out', out],
    ['simulate', '--url', 'http://127.0.0.1:1/graphql'],
  ],
  'cold-start': [['cold-start']],
  exploration: [
    ['exploration', 'regret', '--out', out],
    ['exploration', 'discovery', '--out', out],
  ],
  'off-policy': [
    ['off-policy', recorded],
    ['off-policy', 'simulated', '--out', out],
  ],
  'verify-features': [['verify-features', recorded]],
}

/**
 * The demo has a domain of its own, `doctor` reports a wrong one like any other problem, benchmarks always measure one domain, and a data
 * folder is the same for all domains. A summary is made of results. The service checks a model that is uploaded.
 */
const OTHERS = ['demo', 'doctor', 'bench', 'convert', 'evaluation-summary', 'upload-model']

describe('the setting DOMAIN', () => {
  it('is read by every command', () => {
    const names = programOf(COMMANDS).commands.map((command) => command.name())
    expect([...Object.keys(READERS), ...OTHERS].sort()).toEqual(names.sort())
  })

  it.each(Object.values(READERS).flat())(
    'can be the path of a domain file, and an unusable one ends %s %s with exit code 78',
    async (...args: string[]) => {
      const directory = await temporaryDirectory()
      const [DOMAIN, DATA_DIR] = [join(directory, 'shop.yaml'), join(directory, 'data')]
      await writeFile(DOMAIN, 'extends: e-commerce\neventTyps: {}\n')
      const { code, errors } = await refused(args, { DOMAIN, DATA_DIR })
      expect({ code, errors }).toMatchObject({
        code: 78,
        errors: expect.stringContaining(
          `The domain ${DOMAIN} is not usable.\n  eventTyps: unknown key. Did you mean eventTypes?\n`,
        ),
      })
      expect([DATA_DIR, out].filter((path) => existsSync(path))).toEqual([])
    },
  )

  it('must name a domain with the event types of simulated shoppers if a command simulates shoppers', async () => {
    for (const args of [...READERS.simulate, ...READERS.exploration])
      expect(await refused(args, { DOMAIN: 'news' })).toMatchObject({
        code: 78,
        errors: expect.stringMatching(
          /The domain news is not usable\.\n.* does not have: add_to_cart, remove_from_cart, purchase\. Set DOMAIN/,
        ),
      })
    expect(existsSync(out)).toBe(false)
  })

  it('must name a domain that explores if a command measures exploration', async () => {
    const directory = await temporaryDirectory()
    const DOMAIN = join(directory, 'shop.yaml')
    await writeFile(DOMAIN, 'extends: e-commerce\nexploration: null\n')
    expect(await refused(READERS.exploration[0], { DOMAIN })).toMatchObject({
      code: 78,
      errors: expect.stringContaining('The domain turns exploration off'),
    })
  })

  itWhenLong('decides with which domain an exploration slot is measured', async () => {
    const directory = await temporaryDirectory()
    const DOMAIN = join(directory, 'shop.yaml')
    await writeFile(DOMAIN, 'extends: e-commerce\nconsent: required\nexploration: { gamma: 42 }\n')
    const args = ['exploration', 'regret', '--rounds', '100', '--out', join(directory, 'regret')]
    const { code, out, errors } = await liverank(args, { DOMAIN })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toContain('| inverse gaps, γ 42 |')
  })
})
