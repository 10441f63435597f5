import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Plugin } from 'vite'
import { renderDocument } from './render-document.ts'

/** Documents outside of the folder `docs`. */
const OTHERS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'clients/typescript/README.md']
const PICTURE = /\.(?:svg|png|webp)$/

/**
 * Writes a page for each Markdown file of `docs` and for a few others, so that the service can show its documents where there is no
 * internet. The list of all documents is at `/docs/README.html`.
 * @param root folder of the repository
 */
export function documentsPlugin(root: string): Plugin {
  return {
    name: 'documents',
    apply: 'build',
    generateBundle() {
      const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      const paths = [...OTHERS, ...inDocs.map((path) => `docs/${path.split(sep).join('/')}`)]
      const documents = paths.filter((path) => path.endsWith('.md'))
      const shown = new Set([...documents, ...paths.filter((path) => PICTURE.test(path))])
      const addressOf = (path: string) => (shown.has(path) ? `/${fileOf(path)}` : undefined)
      const css = this.emitFile({ type: 'asset', name: 'documents.css', source: styleSheet(root) })
      const style = `/${this.getFileName(css)}`
      const pictures = new Set<string>()
      for (const path of documents) {
        const document = renderDocument(path, readFileSync(join(root, path), 'utf8'), addressOf)
        for (const picture of document.pictures) pictures.add(picture)
        this.emitFile({ type: 'asset', fileName: fileOf(path), source: pageOf(document, style) })
      }
      for (const path of pictures)
        this.emitFile({ type: 'asset', fileName: fileOf(path), source: readFileSync(join(root, path)) })
    },
  }
}

/** Returns the file of a page or picture in the folder of the built pages. */
function fileOf(path: string): string {
  const address = path.startsWith('docs/') ? path : `docs/repository/${path}`
  return address.replace(/\.md$/, '.html')
}

/** The look of the other pages, without their font. The pages have no script: the device alone decides whether they are dark. */
function styleSheet(root: string): string {
  const tokens = readFileSync(join(root, 'web/design/tokens.css'), 'utf8').replace(/^@import .*\n/m, '')
  return tokens + readFileSync(join(root, 'web/documents/documents.css'), 'utf8')
}

function pageOf({ title, body }: { readonly title: string; readonly body: string }, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Liverank</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
</head>
<body>
<header><a href="/">Liverank</a> <a href="/docs/README.html">Documents</a></header>
<main>
${body}
</main>
</body>
</html>
`
}
