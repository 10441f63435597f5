import { describe, expect, it } from 'vitest'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { liverank } from '../support/warm-command.ts'

const KEY = /^lrk_[0-9a-f]{16}_[\w-]{43}\n$/

function listed(out: string): { keyId: string; name: string; role: string; revokedAt: string | null }[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe('liverank keys', () => {
  it('creates, lists and revokes keys of the embedded store, before the service starts and while it runs', async () => {
    const settings = { DATA_DIR: await temporaryDirectory() }
    const created = await liverank(['keys', 'create', '--role', 'admin', '--name', 'deploy'], settings)
    expect(created).toMatchObject({
      code: 0,
      out: expect.stringMatching(KEY),
      errors: expect.stringMatching(/the service cannot show it again/),
    })
    const admin = created.out.trim()
    // With a key, the service may be reached by other machines.
    const service = new StartedService({ ...settings, HOST: '0.0.0.0' })
    const url = await service.serving()
    expect((await post(url, '{ __typename }')).errors?.[0].extensions?.code).toBe('UNAUTHENTICATED')
    expect(await post(url, '{ __typename }', {}, admin)).toEqual({ data: { __typename: 'Query' } })

    const inUse = await liverank(['keys', 'list'], settings)
    expect(inUse).toMatchObject({ code: 78, errors: expect.stringMatching(/is in use by another process.* pass --url/) })
    const remote = { LIVERANK_TOKEN: admin }
    const second = await liverank(['keys', 'create', '--role', 'backend', '--name', 'shop', '--url', url], remote)
    expect(second.out).toMatch(KEY)
    const { out } = await liverank(['keys', 'list', '--url', url], remote)
    const [, shop] = listed(out)
    expect(shop).toMatchObject({ name: 'shop', role: 'BACKEND', revokedAt: null })
    expect(await liverank(['keys', 'revoke', shop.keyId, '--url', url], remote)).toMatchObject({ code: 0 })
    expect((await post(url, '{ __typename }', {}, second.out.trim())).errors?.[0].extensions?.code).toBe('UNAUTHENTICATED')
    const without = await liverank(['keys', 'list', '--url', url])
    expect(without).toMatchObject({ code: 2, errors: expect.stringMatching(/Set LIVERANK_TOKEN to the key of an admin/) })
    expect(await liverank(['keys', 'revoke', 'nobody', '--url', url], remote)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/No key has the id nobody/),
    })
    expect(await service.stop('SIGTERM')).toBe(0)

    const after = await liverank(['keys', 'list'], settings)
    expect(listed(after.out).map(({ name, revokedAt }) => [name, revokedAt === null])).toEqual([
      ['deploy', true],
      ['shop', false],
    ])
  })

  it.skipIf(!redisAvailable)('revokes a key of a running service on Redis', async () => {
    const redis = await RedisServer.start()
    try {
      const settings = { REDIS_URL: redis.url, PARTITIONS: '2', SHARDS: '2' }
      const key = (await liverank(['keys', 'create', '--role', 'analyst', '--name', 'desk'], settings)).out.trim()
      const url = await new StartedService(settings).serving()
      expect(await post(url, '{ __typename }', {}, key)).toEqual({ data: { __typename: 'Query' } })
      expect(await liverank(['keys', 'revoke', key.split('_')[1]], settings)).toMatchObject({ code: 0 })
      await expect
        .poll(async () => (await post(url, '{ __typename }', {}, key)).errors?.[0].extensions?.code)
        .toBe('UNAUTHENTICATED')
    } finally {
      await redis.stop()
    }
  })

  it.each([
    [['create', '--role', 'device', '--name', 'app'], /Allowed choices are backend, analyst, admin/],
    [['create', '--role', 'admin'], /required option '--name <name>'/],
    [['revoke'], /missing required argument 'id'/],
    [['list', '--url', 'http://127.0.0.1:1/graphql'], /Nothing answers at http:\/\/127.0.0.1:1\/graphql/],
  ])('says what is wrong with %j', async (args, problem) => {
    const { code, errors } = await liverank(['keys', ...args])
    expect(code).toBeGreaterThan(0)
    expect(errors).toMatch(problem)
  })
})
