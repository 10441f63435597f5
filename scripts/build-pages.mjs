// Builds the web pages, if they are not built or older than what they are made of.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = [
  'vite.config.ts',
  'package-lock.json',
  'web',
  'clients/typescript/src',
  'docs',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
]
const BUILT = 'dist/web/start/index.html'

const changedAt = (path) => {
  const status = statSync(path)
  if (!status.isDirectory()) return status.mtimeMs
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

if (!existsSync(BUILT) || changedAt(BUILT) < Math.max(...SOURCES.map(changedAt))) {
  console.log('Building the web pages.')
  const { status } = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], {
    stdio: 'inherit',
    // Tests set another one, with which React would be several times as large and slow.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  process.exitCode = status ?? 1
}
