import { expect, it } from 'vitest'
import { neighbourPart, partsGivenUp } from '../../src/state/neighbour-record.ts'

const version = (name: string) => ({ version: name, parts: 1 })
const SERVED = { ...version('served'), generatedAt: 1, servedAt: 1, decay: 0 }

it('deletes what this change and the one before gave up, but not what arrives again or is served', () => {
  const before = { served: null, arriving: [], leaving: ['old', 'again', 'served'].map(version) }
  const after = { served: SERVED, arriving: [version('again')], leaving: [version('now')] }
  expect(partsGivenUp(before, after)).toEqual([neighbourPart('old', 0), neighbourPart('now', 0)])
})
