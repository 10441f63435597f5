import { readdir, readFile } from 'node:fs/promises'
import ts from 'typescript'
import { expect, it } from 'vitest'

/** A path of a file of the repository, which whoever reads a message may not have. */
const PATH = /(?<![\w/.])(?:docs|src|lab|deploy|scripts|clients)\/[\w/-]+(?:\.\w+)?/

/** Texts with spaces: messages, and not the paths with which the program works. */
function messagesOf(file: string, text: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      if (node.text.includes(' ')) found.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest))
  return found
}

it('finds a path in a message, and not in an import', () => {
  const text = "import './docs/a.ts'\nthrow new Error(`The role may not: docs/reference/access.md says $" + '{what}.`)'
  expect(messagesOf('a.ts', text).filter((message) => PATH.test(message))).toEqual([
    'The role may not: docs/reference/access.md says ',
  ])
})

it('no message of the service, its commands or its pages names a path of the repository', async () => {
  const folders = ['src', 'lab', 'clients/typescript/src', 'web']
  const lists = await Promise.all(
    folders.map(async (folder) => (await readdir(folder, { recursive: true })).map((file) => `${folder}/${file}`)),
  )
  const named: string[] = []
  for (const file of lists.flat().filter((file) => /\.tsx?$/.test(file) && !file.includes('generated'))) {
    const text = await readFile(file, 'utf8')
    // Most files need not be parsed.
    if (PATH.test(text)) named.push(...messagesOf(file, text).flatMap((said) => (PATH.test(said) ? [`${file}: ${said}`] : [])))
  }
  expect(named).toEqual([])
})
