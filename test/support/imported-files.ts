import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { parseSync } from 'vite'

/** Names of files that can import others. */
const CODE = /\.[cm]?[jt]sx?$/
const importsByFile = new Map<string, readonly string[]>()

/** Files that these files import, and they themselves, by absolute path. Imports of types alone do not count. */
export function importedFiles(...files: readonly string[]): Set<string> {
  const found = new Set(files)
  for (const file of found) for (const one of importsOf(file)) if (isAbsolute(one) && CODE.test(one)) found.add(one)
  return found
}

/** What a file imports itself: absolute paths of files, and names of packages such as `node:net`. Names that are computed are left out. */
export function importsOf(file: string): readonly string[] {
  const known = importsByFile.get(file)
  if (known) return known
  const text = readFileSync(file, 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module
  const names = [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? moduleRequest.value : [])),
    ),
    ...dynamicImports.flatMap(({ moduleRequest: { start, end } }) => /^'(.*)'$/.exec(text.slice(start, end))?.[1] ?? []),
  ]
  const imports = names.map((name) => (name.startsWith('.') ? join(dirname(file), name) : name))
  importsByFile.set(file, imports)
  return imports
}
