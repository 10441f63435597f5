import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'

const folder = simulatedFolder()

it.each(['train', 'evaluate', 'off-policy', 'replay', 'verify-features', 'import'])(
  '%s takes the path of a domain file, and ends with 78 where the domain is not usable',
  async (command) => {
    const directory = await temporaryDirectory()
    const [DOMAIN, DATA_DIR] = [join(directory, 'shop.yaml'), join(directory, 'data')]
    await writeFile(DOMAIN, 'extends: e-commerce\neventTyps: {}\n')
    const { code, errors } = await refused([command, folder], { DOMAIN, DATA_DIR })
    expect(code).toBe(78)
    expect(errors).toContain(`The domain ${DOMAIN} is not usable.\n  eventTyps: unknown key. Did you mean eventTypes?\n`)
    expect(existsSync(DATA_DIR)).toBe(false)
  },
)
