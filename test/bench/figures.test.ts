import { expect, it } from 'vitest'
import { writeDataFolder } from '../../lab/simulation/written-data-folder.ts'
import { figuresOf, numberOf } from '../support/bench-figures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

it('the benchmark of erasures waits at least as long as the process is busy', async () => {
  const name = 'embedded erasures at the same time'
  const figures = await figuresOf('erase', '--users', '2000', '--erased', '5')
  expect([...figures.keys()]).toEqual([name])
  expect(figures.get(name)).toMatchObject({ users: 2000, erased: 5, atMost: { seconds: 5, longestBusyMs: 100 } })
  const ms = 1000 * numberOf(figures, name, 'seconds')
  expect(numberOf(figures, name, 'longestBusyMs')).toBeGreaterThan(0)
  // The server is asked first within 10 ms, and the last answer may come after the last erasure.
  expect(ms).toBeGreaterThan(1)
  expect(numberOf(figures, name, 'longestWaitMs')).toBeGreaterThan(0)
})

it('the benchmark of growth relates the costs of both sizes', async () => {
  const sizes = ['--few', '100', '--many', '300', '--batches', '1', '--rounds', '1']
  const figures = await figuresOf('growth', '--store', 'embedded', ...sizes)
  const cost = (size: string) => numberOf(figures, `embedded an event with ${size} users`, 'processorUs', 'median')
  expect(figures.get('calibration')).toMatchObject({ settings: { few: 100, many: 300 } })
  expect(cost('few')).toBeGreaterThan(10)
  expect(cost('few')).toBeLessThan(10_000)
  expect(numberOf(figures, 'embedded an event with many users', 'toFew', 'median')).toBeCloseTo(cost('many') / cost('few'), 2)
})

it('the benchmark of memory measures a log in both stores', async () => {
  const folder = await temporaryDirectory()
  await writeDataFolder(folder, { seed: 1, items: 60, shoppers: 40, days: 2, startsAt: Date.UTC(2026, 0, 5) })
  const figures = await figuresOf('memory', '--users', '2000', folder)
  const bytes = (name: string, part = 'mean') => numberOf(figures, name, 'bytes', part)
  expect(numberOf(figures, 'redis log', 'events')).toBeGreaterThan(200)
  expect(bytes('redis value of a user', 'median')).toBeGreaterThan(100)
  expect(bytes('redis value of a user', 'most')).toBeGreaterThanOrEqual(bytes('redis value of a user', 'median'))
  expect(bytes('redis a slate of 20 items')).toBeLessThan(1500)
  expect(bytes('redis an event: append-only file after a rewrite')).toBeLessThan(bytes('redis an event: append-only file'))
  const held = (users: number) => numberOf(figures, `embedded ${users} users like those of the log`, 'heldMb')
  expect(bytes('embedded a user')).toBeCloseTo(((held(4000) - held(2000)) * 2 ** 20) / 2000, -2)
  // A user has a value, events and event ids: more than the value alone.
  expect(bytes('embedded a user')).toBeGreaterThan(bytes('redis a user: value') / 2)
})

it('the benchmark of declared attributes measures the time that they add', async () => {
  const figures = await figuresOf('attributes', '--rounds', '1', '--users', '20')
  for (const name of ['embedded event', 'embedded recommendation']) {
    expect(numberOf(figures, name, 'processorUs', 'median')).toBeGreaterThan(10)
    expect(numberOf(figures, name, 'ratio', 'median')).toBeGreaterThan(0.1)
  }
  for (const name of ['embedded state of a user', 'embedded event in the log', 'embedded slate in the log'])
    expect(numberOf(figures, name, 'more')).toBeGreaterThan(10)
  expect(numberOf(figures, 'embedded state of a user', 'more')).toBeLessThan(400)
})

it('the benchmark of starts reads the journal that it has written', async () => {
  const figures = await figuresOf('start', '--events', '1000', '--users', '100', '--items', '50', '--tail', '0.01')
  expect([...figures.keys()]).toEqual([
    ...['embedded snapshot', 'embedded journal', 'embedded start', 'embedded memory after the start', 'calibration'],
  ])
  expect(numberOf(figures, 'embedded journal', 'events')).toBeGreaterThanOrEqual(1000)
  expect(numberOf(figures, 'embedded start', 'entries')).toBeGreaterThan(0)
  expect(numberOf(figures, 'embedded start', 'processorMs')).toBeGreaterThan(1)
  const memory = (key: string) => numberOf(figures, 'embedded memory after the start', key)
  expect(memory('users')).toBeGreaterThanOrEqual(numberOf(figures, 'embedded snapshot', 'users'))
  expect(memory('residentMb')).toBeGreaterThan(memory('heapMb'))
})

it('the benchmark of stored slates finds that they take less space than JSON', async () => {
  const figures = await figuresOf('slates', '--store', 'embedded', '--users', '10', '--rounds', '3')
  const bytes = (name: string) => numberOf(figures, `embedded ${name}`, 'bytes', 'mean')
  expect(bytes('packed') * 2).toBeLessThan(bytes('as JSON'))
  expect(bytes('packed, without the features that the model read') * 2).toBeLessThan(bytes('packed'))
  expect(numberOf(figures, 'embedded reading what events need', 'toJson')).toBeLessThan(1)
})
