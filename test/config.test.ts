import { describe, expect, it } from 'vitest'
import { LiverankError } from '../src/errors.ts'
import { readConfig } from '../src/service/config.ts'
import { openIdClientOf } from '../src/settings/openid-settings.ts'

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
  it('have defaults that serve only this machine, without Redis', () => {
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
      SLATE_MINUTES: 60,
      NAMED_SLATE_HOURS: 24,
      SLATES_MEMORY_MB: 64,
      SLATES_DISK_MB: 4096,
      ARCHIVE_DIR: undefined,
      LOG_MARGIN: 60,
      VECTOR_SHARE: 0.01,
      MODEL_DIR: './models',
      MODEL: '',
      CLOCK: 'wall',
      EXPLORATION: true,
      LOG_LEVEL: 'info',
      ALLOW_EVICTION: false,
      ALLOW_PLAINTEXT_REDIS: false,
      ALLOW_UNAUTHENTICATED: false,
      DRAIN_MS: 0,
      JWT_SECRET: undefined,
      JWKS_URL: undefined,
      JWT_ISSUER: undefined,
      JWT_AUDIENCE: undefined,
      RENEWED_TOKEN_HOURS: 24,
      OPENID_ISSUER: undefined,
      OPENID_CLIENT_ID: undefined,
      OPENID_SCOPE: 'openid',
      GRAPHIQL: false,
      WEB_PAGES: true,
      RATE_PER_USER: 30_000,
      STORED_PER_USER: 20_000,
      ANSWER_KB: 4096,
      DEVICE_ANSWER_KB: 2048,
      UNREAD_MB_PER_ADDRESS: 32,
      RATE_PER_KEY: 5_000_000,
      RATE_PER_ADDRESS: 100_000,
      CONNECTIONS_PER_ADDRESS: 1200,
      OPEN_CONNECTIONS_PER_ADDRESS: 4000,
      SOCKETS_PER_USER: 20,
      OPERATIONS_PER_SOCKET: 100,
      MAX_CONNECTIONS: 16_000,
      INTROSPECTION: false,
      COMPRESSION: true,
      COMPRESSION_MB: 64,
    })
  })

  it('are read from texts, and other variables are ignored', () => {
    const config = readConfig({ PORT: '0', PARTITIONS: '256', GRAPHIQL: '0', MODEL: 'default', HOME: '/nowhere' })
    expect(config).toMatchObject({ PORT: 0, PARTITIONS: 256, GRAPHIQL: false, MODEL: 'default' })
    expect(config).not.toHaveProperty('HOME')
  })

  it('are refused together, each by its name', () => {
    const bad = {
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
      JWT_SECRET: 'short',
      JWKS_URL: 'http://elsewhere.example/',
      JWT_ISSUER: '',
      JWT_AUDIENCE: '',
      OPENID_ISSUER: 'http://login.example',
      OPENID_CLIENT_ID: '',
      OPENID_SCOPE: 'email',
      GRAPHIQL: '2',
    }
    const named = problems(bad).map((line) => line.split(':')[0])
    expect(named.sort()).toEqual(Object.keys(bad).sort())
  })

  it.each(['', ' ', '4e3', '0x10', '-1', '80.5', 'http'])('do not accept %j as a port', (PORT) => {
    expect(problems({ PORT })).toEqual([expect.stringMatching(/^PORT: /)])
  })

  it('accept a secret of 32 bytes or more', () => {
    expect(problems({ JWT_SECRET: 'x'.repeat(31) })).toEqual([expect.stringMatching(/^JWT_SECRET: at least 32 bytes/)])
    expect(readConfig({ JWT_SECRET: 'ü'.repeat(16) }).JWT_SECRET).toBe('ü'.repeat(16))
  })

  it('name an OpenID provider only as a whole, and never without its public keys', () => {
    const whole = { OPENID_ISSUER: 'https://login.example', OPENID_CLIENT_ID: 'console', JWKS_URL: 'https://login.example/keys' }
    expect(openIdClientOf(readConfig(whole))).toEqual({ issuer: whole.OPENID_ISSUER, clientId: 'console', scope: 'openid' })
    for (const missing of Object.keys(whole))
      expect(problems({ ...whole, [missing]: undefined })).toEqual([expect.stringMatching(new RegExp(`Set ${missing}\\.$`))])
  })

  it('never keep a slate for a shorter time because an event named it', () => {
    expect(problems({ SLATE_MINUTES: '121', NAMED_SLATE_HOURS: '2' })).toEqual([
      expect.stringMatching(/^NAMED_SLATE_HOURS: is shorter than SLATE_MINUTES/),
    ])
    expect(readConfig({ SLATE_MINUTES: '120', NAMED_SLATE_HOURS: '2' }).SLATE_MINUTES).toBe(120)
  })

  it.each(['http://keys.example/jwks', 'ftp://127.0.0.1/jwks', 'keys', ''])(
    'do not accept %j as the address of public keys',
    (JWKS_URL) => {
      expect(problems({ JWKS_URL })).toEqual([expect.stringMatching(/^JWKS_URL: a URL with https/)])
    },
  )

  it.each(['https://keys.example/jwks', 'http://127.0.0.1:1/jwks', 'http://[::1]:1/'])(
    'accept %s as the address of public keys',
    (JWKS_URL) => {
      expect(readConfig({ JWKS_URL }).JWKS_URL).toBe(JWKS_URL)
    },
  )
})
