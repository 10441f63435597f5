import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const FOLDER = 'docs/lab-notes'
const pages = readdirSync(FOLDER).filter((name) => name.startsWith('attacks'))

/** Names of tests in a text, such as `test/server/http.test.ts`. A folder stands for all its tests. */
const testsIn = (text: string) => [...text.matchAll(/\btest\/[\w/.-]*\w/g)].map(([path]) => path)

/** Sections of a page, by their headings, without the text about what is not prevented. */
function sectionsOf(page: string): string[] {
  const sections = readFileSync(`${FOLDER}/${page}`, 'utf8').split(/^(?=## )/m)
  return sections.filter((section) => !/^## What a/.test(section))
}

it.each(pages)('%s: each table and list of attacks names a test, in its rows or in its section, and each test exists', (page) => {
  const sections = sectionsOf(page)
  for (const path of sections.flatMap(testsIn)) expect([path, existsSync(path)]).toEqual([path, true])
  const ofPage = testsIn(sections[0])
  for (const section of sections.slice(1)) {
    const ofSection = testsIn(section.split(/^\| |^- /m)[0])
    for (const part of section.split(/^(?=### )/m)) {
      const ofPart = testsIn(part.split(/^\| |^- /m)[0])
      const above = [...ofPage, ...ofSection, ...ofPart]
      const rows = part.split('\n').filter((line) => /^(\| |- \*\*)/.test(line) && !/^\| (attack|---)/.test(line))
      for (const row of rows) expect([row, [...above, ...testsIn(row)].length > 0]).toEqual([row, true])
    }
  }
})
