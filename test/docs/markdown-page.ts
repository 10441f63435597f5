import { readFile } from 'node:fs/promises'
import GithubSlugger from 'github-slugger'
import type { Nodes, Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString as textOf } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { visit } from 'unist-util-visit'

/** Something on a page, with the line on which it stands. */
export interface Found {
  readonly text: string
  readonly line: number
}

export interface MarkdownPage {
  readonly path: string
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
  /** Targets of links and images. */
  readonly links: readonly Found[]
  /** Inline code and lines of code blocks. */
  readonly code: readonly Found[]
  /** Code blocks, whole. */
  readonly blocks: readonly (Found & { readonly language: string })[]
  /** Sentences of paragraphs, list items, headings and table cells, with the word `code` in place of inline code. */
  readonly sentences: readonly Found[]
}

/** Ends a sentence: a full stop, a question mark or an exclamation mark, perhaps with quotation marks and brackets behind it. */
const SENTENCE_END = /(?<=[.!?]["”’)]*) /

export async function readPage(path: string): Promise<MarkdownPage> {
  const text = await readFile(path, 'utf8')
  const tree: Root = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  const slugger = new GithubSlugger()
  const anchors = new Set<string>()
  const links: Found[] = []
  const code: Found[] = []
  const blocks: MarkdownPage['blocks'][number][] = []
  const sentences: Found[] = []
  visit(tree, (node: Nodes) => {
    const line = node.position?.start.line ?? 0
    if (node.type === 'heading') anchors.add(slugger.slug(textOf(node)))
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') links.push({ text: node.url, line })
    if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell')
      for (const sentence of proseOf(node).split(SENTENCE_END)) sentences.push({ text: sentence, line })
    if (node.type === 'inlineCode') code.push({ text: node.value, line })
    if (node.type !== 'code') return
    blocks.push({ language: node.lang ?? '', text: node.value, line: line + 1 })
    node.value.split('\n').forEach((text, at) => void code.push({ text, line: line + 1 + at }))
  })
  return { path, anchors, links, code, blocks, sentences }
}

function proseOf(node: Nodes): string {
  const parts: string[] = []
  visit(node, (part: Nodes) => {
    if (part.type === 'text') parts.push(part.value)
    if (part.type === 'inlineCode') parts.push('code')
  })
  return parts.join('').replaceAll(/\s+/g, ' ')
}
