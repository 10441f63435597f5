import { expect, it } from 'vitest'
import { figuresOf, numberOf } from '../support/bench-figures.ts'

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
