import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { standsAlone, startersOf } from './support/fast-files.ts'
import { importedFiles } from './support/imported-files.ts'
import { neededBuilds } from './support/needed-builds.ts'
import { SLOW_FILES } from './support/slow-files.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'

const at = (path: string) => join(import.meta.dirname, path)

it('follows every kind of import, but not those of types', async () => {
  const folder = await temporaryDirectory()
  const texts = {
    'a.test.ts': `
      import type { T } from './types.ts'
      import { type U } from './types.ts'
      import './for-effect.ts'
      import { type V, value } from './named.ts'
      import { port } from 'ipaddr.js'
      const later = () => import('./later.mjs')
      const chosen = (name: string) => import(\`./\${name}.ts\`)`,
    'types.ts': `import 'node:child_process'`,
    'for-effect.ts': `export * from './below/all.ts'`,
    'below/all.ts': `export { one } from '../one.ts'\nexport type { T } from '../types.ts'`,
    'named.ts': `import './a.test.ts'`,
    'one.ts': `import { spawn } from 'node:child_process'`,
    'later.mjs': '',
  }
  await mkdir(join(folder, 'below'))
  for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text)
  const imported = ['a.test.ts', 'below/all.ts', 'for-effect.ts', 'later.mjs', 'named.ts', 'one.ts']
  expect([...importedFiles(join(folder, 'a.test.ts'))].sort()).toEqual(imported.map((path) => join(folder, path)))
  expect(startersOf(join(folder, 'a.test.ts'))).toEqual([join(folder, 'one.ts')])
})

it('builds what test files need, and nothing for the others', () => {
  expect([...neededBuilds(at('rules/item-filter.test.ts'), at('state/increments.test.ts'))]).toEqual([])
  expect([...neededBuilds(at('commands/keys.test.ts'))]).toEqual(['service'])
  expect([...neededBuilds(at('web/console.test.ts'))]).toEqual(['pages'])
  expect([...neededBuilds(at('lab/commands/train.test.ts'), at('web/start.test.ts'))]).toEqual(['service', 'pages', 'python'])
})

it('only tests that need no build and no process are fast', () => {
  expect(standsAlone(at('rules/item-filter.test.ts'))).toBe(true)
  for (const path of ['main.test.ts', 'state/redis/cluster.test.ts', 'lab/commands/train.test.ts', 'web/shop.test.ts'])
    expect(standsAlone(at(path)), path).toBe(false)
})

it('the list of slow files has no file that is gone, or that test:fast omits anyway', () => {
  expect(SLOW_FILES.filter((path) => !existsSync(at(`../${path}`)) || !standsAlone(at(`../${path}`)))).toEqual([])
})
