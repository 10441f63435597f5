import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { type ExportedName, exportedNames, exportedNamesOf } from './exported-names.ts'

const GENERATED = 'clients/typescript/src/operations.ts'
const FILLERS = new Set('a an and are as at by for from in is it of on or that the this to with returns'.split(' '))

/** Returns the words of a text except fillers, cut to their beginnings, so that `rules` is `rule`. */
const wordsOf = (text: string) =>
  (text.toLowerCase().match(/[a-z]+|\d+/g) ?? [])
    .filter((word) => !FILLERS.has(word))
    .map((word) => word.replace(/(ed|es|e|ing|s)$/, ''))

/** Whether a docstring has no word that the name does not have. */
const repeatsName = ({ name, docstring = '' }: ExportedName) => {
  const ofName = new Set(wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2')))
  return wordsOf(docstring).every((word) => ofName.has(word))
}

const lacksDocstring = ({ docstring, isExplained }: ExportedName) => docstring === undefined && !isExplained

/** Returns the names in a text that the rule reports. */
const reported = (text: string) =>
  exportedNamesOf('shelf.ts', text)
    .filter((one) => lacksDocstring(one) || (one.docstring !== undefined && repeatsName(one)))
    .map(({ name }) => name)

it('every exported name of src, lab and the client has a docstring that says more than the name', async () => {
  const folders = await Promise.all(
    ['src', 'lab', 'clients/typescript/src'].map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((path) => `${folder}/${path}`),
    ),
  )
  const files = folders.flat().filter((path) => path.endsWith('.ts') && path !== GENERATED)
  const names = (await Promise.all(files.map(exportedNames))).flat()
  expect(names.length).toBeGreaterThan(2000)
  const place = ({ place, name }: ExportedName) => `${place} ${name}`
  expect(names.filter(lacksDocstring).map(place), 'names without a docstring').toEqual([])
  const documented = names.filter(({ docstring }) => docstring !== undefined)
  expect(documented.filter(repeatsName).map(place), 'docstrings that only repeat the name').toEqual([])
})

it('a constant, type, class or function without a docstring is reported', () => {
  expect(reported('export const A = 1, B = 2')).toEqual(['A', 'B'])
  expect(reported('// Why.\nexport type Shelf = string')).toEqual(['Shelf'])
  expect(reported('export interface Shelf { /** How wide. */ width: number }')).toEqual(['Shelf'])
  expect(reported('export default class { }')).toEqual(['default'])
  expect(reported('/** Puts books in order of their titles. */\nexport function sort() {}\nfunction own() {}')).toEqual([])
})

it('a docstring that only repeats the name is reported', () => {
  expect(reported('/** The shelf options. */\nexport type ShelfOptions = { width: number }')).toEqual(['ShelfOptions'])
  expect(reported('/** Returns the shelf of the books. */\nexport function shelfOfBook() {}')).toEqual(['shelfOfBook'])
  expect(reported('/** Width of a shelf, in cm. */\nexport const SHELF_WIDTH = 80')).toEqual([])
})

it('a type may go without a docstring if the value from which it is computed has one', () => {
  const list = "export const SHAPES = ['flat', 'round'] as const\nexport type Shape = (typeof SHAPES)[number]"
  expect(reported(list)).toEqual(['SHAPES', 'Shape'])
  expect(reported(`/** Kinds of boxes. */\n${list}`)).toEqual([])
})

it('options and parts may go without a docstring if a documented function of the file takes them', () => {
  const options = 'export interface ShelfOptions { width: number }'
  expect(reported(`${options}\n/** Builds a wall of wood. */\nexport function shelf(options: ShelfOptions) {}`)).toEqual([])
  expect(reported(`${options}\n/** Builds a wall of wood. */\nexport function shelf(width: number) {}`)).toEqual(['ShelfOptions'])
})

it('a value with a description, and a type of the API, may go without a docstring', () => {
  expect(reported("export const views = { name: 'views', description: 'How often.' }")).toEqual([])
  expect(reported("export const Item = builder.objectRef<Stored>('Item')")).toEqual([])
  expect(reported("export const views = { name: 'views' }")).toEqual(['views'])
})
