import { expect, it, onTestFinished, vi } from 'vitest'
import { type AsyncStorage, asyncStorage } from '../../clients/typescript/src/index.ts'
import { openTestService, serve } from '../support/server.ts'
import { Device, Network, recordedIds } from './device.ts'

/** As React Native has it: texts by key, in no particular order. */
function deviceStorage(texts: Map<string, string>): AsyncStorage {
  return {
    getAllKeys: async () => [...texts.keys()].reverse(),
    getItem: async (key) => texts.get(key) ?? null,
    setItem: async (key, value) => void texts.set(key, value),
    removeItem: async (key) => void texts.delete(key),
  }
}

it('keeps events in the AsyncStorage of an app without DOM and crypto, beside the other keys of the app', async () => {
  vi.stubGlobal('crypto', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  const service = await openTestService()
  const { url } = await serve(service)
  const texts = new Map([['theme', 'dark']])
  const network = new Network(url)
  network.fate = 'is lost'
  const random = () => Math.random()
  const first = new Device({ url, fetch: network.fetch, storage: asyncStorage(deviceStorage(texts)), random })
  const ids = [await first.client.recordEvent({ eventType: 'session_start' })]
  for (const eventId of ['</a>', '🛒', 'x'.repeat(128)])
    ids.push(await first.client.recordEvent({ eventType: 'view', itemId: 'mug', eventId }))
  await first.client.flush()
  first.client.close()
  expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
  expect(texts.size).toBe(5)

  // The app was killed while it wrote.
  texts.set('liverank/event/9', '{"key":"9","eve')
  network.fate = 'arrives'
  const second = new Device({ url, fetch: network.fetch, storage: asyncStorage(deviceStorage(texts)) })
  await second.client.flush()
  expect(await recordedIds(service)).toEqual(ids)
  expect([...texts.keys()]).toEqual(['theme', 'liverank/event/9'])
})
