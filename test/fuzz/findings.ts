import { appendFile } from 'node:fs/promises'

/** Something that must not be, and how it came to be. */
export interface Finding {
  /** What does not hold, in a few words: findings of one kind and operation are told once. */
  readonly kind: string
  readonly detail: string
  /** Seed of the operation, for `--operation`. */
  readonly operation?: number
  /** What was sent. */
  readonly sent?: string
}

const MOST_CHARACTERS = 6000

/** Prints each finding once, and writes it into a file as a line of JSON. */
export class Findings {
  readonly all: Finding[] = []
  readonly #path: string
  readonly #seed: number
  readonly #store: string
  readonly #seen = new Set<string>()
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, seed: number, store: string) {
    this.#path = path
    this.#seed = seed
    this.#store = store
  }

  isNew({ kind, detail }: Finding): boolean {
    return !this.#seen.has(signatureOf(kind, detail))
  }

  add(finding: Finding): void {
    if (!this.isNew(finding)) return
    this.#seen.add(signatureOf(finding.kind, finding.detail))
    this.all.push(finding)
    const { kind, detail, operation, sent = '' } = finding
    const which = operation === undefined ? '' : `, operation ${operation}`
    console.error(`FOUND (${this.#store}, seed ${this.#seed}${which}) ${kind}: ${shortened(detail)}\n${shortened(sent)}\n`)
    const line = JSON.stringify({ store: this.#store, seed: this.#seed, ...finding })
    this.#writing = this.#writing.then(() => appendFile(this.#path, `${line}\n`))
  }

  written(): Promise<void> {
    return this.#writing
  }
}

/** Numbers, ids and places differ from one time to the next. */
function signatureOf(kind: string, detail: string): string {
  return `${kind} ${detail
    .replace(/"(time|pid|hostname|path)":("[^"]*"|\d+|\[[^\]]*\]),?/g, '')
    .replace(/\d+/g, '#')
    .slice(0, 300)}`
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)` : text
}
