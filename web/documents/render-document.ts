import { posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

/** A document as HTML. */
export interface RenderedDocument {
  readonly title: string
  /** HTML of the text. */
  readonly body: string
  /** Paths of the pictures in it, from the root of the repository. */
  readonly pictures: readonly string[]
}

/**
 * Renders a Markdown file. Links lead to the pages of other documents. A link to a file that is no document becomes its text, since the
 * service does not show code.
 * @param path of the file, from the root of the repository
 * @param addressOf returns the address of the page of a document, or of a picture; undefined if the file has none
 */
export function renderDocument(
  path: string,
  markdown: string,
  addressOf: (path: string) => string | undefined,
): RenderedDocument {
  const text = markdown.replace(/^(?:<!--[\s\S]*?-->\s*)+/, '')
  const html = micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] })
  const pictures: string[] = []
  const slugger = new GithubSlugger()
  const body = html
    .replace(/<h([1-6])>([\s\S]*?)<\/h\1>/g, (_, level: string, content: string) => {
      const id = slugger.slug(decoded(content.replace(/<[^>]+>/g, '')))
      return `<h${level} id="${id}">${content}</h${level}>`
    })
    .replace(/<a href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g, (link: string, target: string, content: string) => {
      if (/^(?:[a-z]+:|#)/i.test(target)) return link
      const address = addressIn(path, target, addressOf)
      return address === undefined ? content : `<a href="${address}">${content}</a>`
    })
    .replace(/<img src="([^"]*)"/g, (image: string, target: string) => {
      const picture = resolved(path, target)
      const address = addressOf(picture)
      if (address === undefined) return image
      pictures.push(picture)
      return `<img src="${address}"`
    })
    .replace(/<table>/g, '<div class="table" tabindex="0"><table>')
    .replace(/<\/table>/g, '</table></div>')
  const [, heading = path] = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(body) ?? []
  return { title: heading.replace(/<[^>]+>/g, ''), body, pictures }
}

function addressIn(path: string, target: string, addressOf: (path: string) => string | undefined): string | undefined {
  const [file, fragment] = target.split('#')
  const address = addressOf(resolved(path, file))
  return address && (fragment === undefined ? address : `${address}#${fragment}`)
}

function resolved(path: string, target: string): string {
  return posix.join(posix.dirname(path), decodeURI(target))
}

/** Replaces the references to characters that micromark writes. */
function decoded(html: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return html.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => characters[name])
}
