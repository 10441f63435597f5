import { expect, it } from 'vitest'
import { writeDataFolder } from '../../lab/simulation/written-data-folder.ts'
import { figuresOf, numberOf } from '../support/bench-figures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Each runs for a minute or more, of which much is starting servers. */
const TIMEOUT_MS = 600_000

it('the benchmark of recording measures each case on both stores', { timeout: TIMEOUT_MS }, async () => {
  const figures = await figuresOf('record', '--cases', 'batch100,own', '--rounds', '3')
  for (const store of ['embedded', 'redis'])
    for (const name of ['batch100', 'own']) {
      const cost = (part: string) => numberOf(figures, `${store} ${name}`, 'processorUs', part)
      expect(cost('least')).toBeGreaterThan(0)
      expect(cost('most')).toBeGreaterThanOrEqual(cost('median'))
      expect(numberOf(figures, `${store} ${name}`, 'eventsPerCore')).toBeCloseTo(1e6 / cost('median'), -2)
      // A server that does nothing takes less.
      expect(numberOf(figures, `${store} ${name}`, 'toNoOp', 'median')).toBeLessThan(1)
    }
})

it('the benchmark of pairs measures each case on both stores, here beside the same version', {
  timeout: TIMEOUT_MS,
}, async () => {
  const figures = await figuresOf('pairs', '--beside', '.', '--pairs', '2', '--events', '100')
  const cases = ['event', 'batch100', 'slate']
  expect([...figures.keys()]).toEqual(['embedded', 'redis'].flatMap((store) => cases.map((name) => `${store} ${name}`)))
  for (const name of figures.keys()) {
    const of = (key: string) => numberOf(figures, name, key)
    for (const kind of ['cpu', 'allocated']) {
      expect(of(`${kind}Low`)).toBeLessThanOrEqual(of(`${kind}Ratio`))
      expect(of(`${kind}High`)).toBeGreaterThanOrEqual(of(`${kind}Ratio`))
    }
    expect(of('processorUs')).toBeGreaterThan(0)
    expect(of('allocatedKb')).toBeGreaterThan(0)
    expect(figures.get(name)?.atMost).toEqual({ cpuHigh: 1.05, allocatedHigh: 1.02 })
  }
})

it('the benchmark of authentication measures each kind of caller', { timeout: TIMEOUT_MS }, async () => {
  const figures = await figuresOf('authentication', '--starts', '1', '--rounds', '3', '--events', '100', '--users', '20')
  const names = ['none', 'none, once more', 'token of a device', 'token of a server', 'key', 'none, with metrics']
  expect([...figures.keys()]).toEqual([...names.map((name) => `embedded ${name}`), 'calibration'])
  const cost = (name: string) => numberOf(figures, `embedded ${name}`, 'processorUs', 'median')
  for (const name of names.slice(1))
    expect(numberOf(figures, `embedded ${name}`, 'toNone', 'median')).toBeCloseTo(cost(name) / cost('none'), 2)
  expect(figures.get('embedded key')?.atMost).toEqual({ toNone: 1.03 })
  expect(figures.get('calibration')).toMatchObject({ settings: { users: 20 } })
})

it('the benchmark of rules measures them, and each filter of each query', { timeout: TIMEOUT_MS }, async () => {
  const figures = await figuresOf('rules', '--items', '4000', '--rounds', '8')
  for (const store of ['embedded', 'redis']) {
    const all = `${store} a recommendation of 20: all rules`
    const cost = (name: string) => numberOf(figures, `${store} a recommendation of 20: ${name}`, 'processorMs', 'median')
    expect(numberOf(figures, all, 'processorRatio')).toBeCloseTo(cost('all rules') / cost('no rules'), 1)
    expect(figures.get(all)?.atMost).toEqual({ wallRatio: 1.1 })
    const seen = `${store} a recommendation of 20 to someone who acted on 150 items: all is left out`
    expect(figures.get(seen)?.atMost).toEqual({ wallRatio: 1.1 })
    expect(figures.get(`${store} trending(filter, first: 20): no item`)?.atMost).toEqual({ wallMs: 10 })
  }
  // The titles of all items differ, and there are two seasons.
  const column = (name: string) => numberOf(figures, `column ${name}`, 'bytesPerItem')
  expect(column('title')).toBeGreaterThan(column('season'))
})

it('the benchmark of the state measures each case, with its target', { timeout: TIMEOUT_MS }, async () => {
  const figures = await figuresOf('state', '--rounds', '2', '--seconds', '0.5')
  const names = ['redis a batch of many users', 'redis a batch of one user']
  for (const name of [...names, ...names.map((one) => one.replace('redis', 'embedded'))]) {
    const rate = numberOf(figures, name, 'eventsPerCore', 'median')
    expect(rate).toBeGreaterThan(100)
    expect(numberOf(figures, name, 'processorUs', 'median')).toBeCloseTo(1e6 / rate, -3)
    expect(numberOf(figures, name, 'atLeast', 'eventsPerCore')).toBeGreaterThanOrEqual(10_000)
  }
  expect(numberOf(figures, 'redis recorded and folded', 'eventsPerSecond', 'median')).toBeGreaterThan(10)
  expect(numberOf(figures, 'redis fold lag at 2,000 events/s', 'lagMs', 'median')).toBeGreaterThanOrEqual(0)
  expect(numberOf(figures, 'redis features of 200 candidates', 'readMs', 'median')).toBeGreaterThan(0)
})

it('the benchmark of pushed slates counts what it sent', { timeout: TIMEOUT_MS }, async () => {
  const cases = ['--cases', 'mix,burst,user', '--subscribers', '500', '--seconds', '2']
  const figures = await figuresOf('live', '--store', 'embedded', ...cases)
  const name = 'embedded 500 events/s, 100 followed'
  expect(numberOf(figures, name, 'recorded') + numberOf(figures, name, 'refused')).toBe(numberOf(figures, name, 'sent'))
  expect(numberOf(figures, name, 'processorMs')).toBeGreaterThan(0)
  expect(numberOf(figures, 'embedded a batch of 500 users', 'slates')).toBe(500)
  expect(numberOf(figures, 'embedded one event of a user on many phones', 'devices')).toBe(500)
  // Every recorded event is known to a slate, however the requests overtake each other.
  expect(numberOf(figures, name, 'unanswered')).toBe(0)
})

it('the benchmark of resident memory measures it as events come in', { timeout: TIMEOUT_MS }, async () => {
  const figures = await figuresOf('resident', '--seconds', '0')
  expect([...figures.keys()]).toEqual([
    ...['embedded started with the demo shop', 'embedded started with nothing', 'embedded after 50000 events'],
    'embedded after 150000 events',
  ])
  const resident = (name: string) => numberOf(figures, `embedded ${name}`, 'residentMb')
  expect(resident('started with nothing')).toBeGreaterThan(50)
  expect(resident('after 150000 events')).toBeGreaterThan(resident('started with nothing'))
  expect(numberOf(figures, 'embedded after 150000 events', 'events')).toBe(150_000)
})

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
