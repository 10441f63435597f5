import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { LiverankError } from '../src/errors.ts'

/** What a start with these settings is told, line by line. */
function problems(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(LiverankError)
    const { code, message } = error as LiverankError
    expect(code).toBe('CONFIGURATION')
    const [first, ...rest] = message.split('\n')
    expect(first).toBe('Invalid settings:')
    return rest.map((line) => line.trim())
  }
  return []
}

describe('settings', () => {
  it('have defaults that serve this machine alone, without Redis', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 4000,
      REDIS_URL: undefined,
      REDIS_PREFIX: 'lr',
      PARTITIONS: 16,
      SHARDS: 8,
      DATA_DIR: './data',
      DOMAIN: 'e-commerce',
      DURABILITY: 'memory',
      JOURNAL_FSYNC: 'everysec',
      SNAPSHOT_EVERY_MB: 64,
      ARCHIVE_DIR: undefined,
      LOG_MARGIN: 60,
      VECTOR_SHARE: 0.01,
      MODEL_DIR: './models',
      MODEL: 'default',
      CLOCK: 'wall',
      EXPLORATION: true,
      LOG_LEVEL: 'info',
      ALLOW_EVICTION: false,
      ALLOW_UNAUTHENTICATED: false,
      DRAIN_MS: 0,
      GRAPHIQL: false,
    })
  })

  it('are read from texts, and what is no setting is left alone', () => {
    const config = readConfig({ PORT: '0', PARTITIONS: '256', GRAPHIQL: '0', MODEL: '', HOME: '/nowhere' })
    expect(config).toMatchObject({ PORT: 0, PARTITIONS: 256, GRAPHIQL: false, MODEL: '' })
    expect(config).not.toHaveProperty('HOME')
  })

  it('are refused all together, each by its name', () => {
    const bad = {
      HOST: '0.0.0.0',
      PORT: '70000',
      REDIS_URL: '',
      REDIS_PREFIX: 'a b',
      PARTITIONS: '0',
      SHARDS: '1.5',
      DATA_DIR: '',
      JOURNAL_FSYNC: 'sometimes',
      MODEL_DIR: '',
      DOMAIN: '',
      CLOCK: 'sundial',
      LOG_LEVEL: 'loud',
      ALLOW_UNAUTHENTICATED: 'yes',
      GRAPHIQL: '2',
    }
    const named = problems(bad).map((line) => line.split(':')[0])
    expect(named.sort()).toEqual(Object.keys(bad).sort())
  })

  it.each(['', ' ', '4e3', '0x10', '-1', '80.5', 'http'])('take no %j for a port', (PORT) => {
    expect(problems({ PORT })).toEqual([expect.stringMatching(/^PORT: /)])
  })

  it.each(['127.0.0.1', '::1', 'localhost'])('let %s serve without more', (HOST) => {
    expect(readConfig({ HOST }).HOST).toBe(HOST)
  })

  it.each(['0.0.0.0', '::', '192.168.1.7', 'shop.example'])('want to be told that %s may be reached by anyone', (HOST) => {
    expect(problems({ HOST })).toEqual([expect.stringMatching(/^HOST: .* can reach .* Set ALLOW_UNAUTHENTICATED=1 if /)])
    expect(problems({ HOST, ALLOW_UNAUTHENTICATED: '0' })).toHaveLength(1)
    expect(readConfig({ HOST, ALLOW_UNAUTHENTICATED: '1' }).HOST).toBe(HOST)
  })
})
