import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { LiverankError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'

const Versions = z.record(z.string(), z.string()).default({})
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions })

/**
 * If the error says that a package of the lab is not installed, returns an error that says how to install all of them. Whoever installs
 * `liverank` gets only the packages of the service. Returns any other error as it is.
 */
export function namingMissingPackages(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return error
  const packages = packagesOfLab()
  const [, missing] = /^Cannot find package '([^']+)'/.exec(error.message) ?? []
  if (missing === undefined || !packages.has(missing)) return error
  const names = [...packages].map(([name, version]) => `${name}@${version}`).join(' ')
  return new LiverankError(
    'PACKAGES_MISSING',
    `This command needs packages that liverank does not install, such as ${missing}. Run in the folder where you installed liverank: npm install --ignore-scripts ${names}`,
    { cause: error },
  )
}

/** Returns the packages that the lab imports and the service does not, with their versions. */
function packagesOfLab(): ReadonlyMap<string, string> {
  const service = manifest('package.json').dependencies
  const lab = Object.entries(manifest('lab/package.json').devDependencies)
  return new Map(lab.filter(([name]) => !name.startsWith('@types/') && !(name in service)))
}

function manifest(path: string): z.infer<typeof Manifest> {
  return Manifest.parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, path), 'utf8')))
}
