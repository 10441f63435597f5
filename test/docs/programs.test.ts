import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { exportedNames } from './exported-names.ts'

/** What a program beside a document imports from the built service, as pairs of a source file and a name. */
function importsFromBuild(path: string, text: string): { source: string; name: string }[] {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  return statements.filter(ts.isImportDeclaration).flatMap(({ moduleSpecifier, importClause }) => {
    const named = importClause?.namedBindings
    if (!ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.includes('/dist/') || !named || !ts.isNamedImports(named))
      return []
    const source = join(dirname(path), moduleSpecifier.text).replace('dist/', '').replace(/\.js$/, '.ts')
    return named.elements.map(({ name, propertyName }) => ({ source, name: (propertyName ?? name).text }))
  })
}

it('programs beside documents import what the service exports: one named files that had moved', async () => {
  const programs = (await readdir('docs', { recursive: true }))
    .filter((path) => path.endsWith('.mjs'))
    .map((path) => `docs/${path}`)
  expect(programs).not.toEqual([])
  const missing: string[] = []
  for (const path of programs) {
    for (const { source, name } of importsFromBuild(path, await readFile(path, 'utf8'))) {
      const exported = await exportedNames(source).catch(() => [])
      if (!exported.some((one) => one.name === name)) missing.push(`${path}: ${name} of ${source}`)
    }
  }
  expect(missing).toEqual([])
})
