import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whether the newest snapshot contains all events that were recorded. */
export async function isCompacted(dataDir: string): Promise<boolean> {
  const names = await readdir(dataDir)
  const newest =
    names
      .filter((name) => /^snapshot-\d+$/.test(name))
      .sort()
      .at(-1)
      ?.slice('snapshot-'.length) ?? ''
  const behind = names.filter((name) => name === 'journal.jsonl' || name > `journal-${newest}.jsonl`)
  const texts = await Promise.all(
    behind.filter((name) => name.startsWith('journal')).map((name) => readFile(join(dataDir, name), 'utf8')),
  )
  return newest !== '' && !texts.some((text) => text.includes('"kind":"events"'))
}
