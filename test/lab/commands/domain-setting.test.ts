import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const folder = simulatedFolder()

function run(script: string, args: string[], env: Record<string, string>): Promise<{ code: number; errors: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', MODEL: '', ...env } }
    execFile(process.execPath, ['--import', 'tsx', script, ...args], options, (error, _, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, errors }),
    )
  })
}

it.each([
  'lab/commands/train.ts',
  'lab/commands/evaluate.ts',
  'lab/commands/off-policy.ts',
  'lab/commands/replay.ts',
  'lab/commands/verify-features.ts',
  'src/commands/import.ts',
])('%s takes the path of a domain file, and ends with 78 where the domain is not usable', async (script) => {
  const directory = await temporaryDirectory()
  const [DOMAIN, DATA_DIR] = [join(directory, 'shop.yaml'), join(directory, 'data')]
  await writeFile(DOMAIN, 'extends: e-commerce\neventTyps: {}\n')
  const { code, errors } = await run(script, [folder], { DOMAIN, DATA_DIR })
  expect(code).toBe(78)
  expect(errors).toContain(`The domain ${DOMAIN} is not usable.\n  eventTyps: unknown key. Did you mean eventTypes?\n`)
  expect(existsSync(DATA_DIR)).toBe(false)
})
