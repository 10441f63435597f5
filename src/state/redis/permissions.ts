import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import { withoutCredentials } from './access.ts'
import type { RedisConnection } from './connection.ts'
import { answered } from './redis-errors.ts'
import { missingPermission } from './refused-command.ts'

/** Every command that the service cannot do without, its scripts included, with arguments of its form. KEY is a key of the service. */
const COMMANDS = [
  'ping',
  'role',
  'wait 0 0',
  'time',
  'evalsha 0 0',
  'eval x 0',
  'subscribe CHANNEL',
  'unsubscribe CHANNEL',
  'punsubscribe CHANNEL',
  'publish CHANNEL x',
  ...'get|set x|del|exists|getrange 0 1|mget|incr|pexpire 1|pttl|persist'.split('|').map(withKey),
  ...'hget x|hset x x|hgetall|hdel x|sadd x|srem x|sscan 0|lpush x|lrange 0 1|ltrim 0 1'.split('|').map(withKey),
  ...'zadd 1 x|zscore x|zmscore x|zincrby 1 x|zcard|zrem x|zrange 0 1|zrevrange 0 1'.split('|').map(withKey),
  ...'zrevrangebyscore 1 0|zremrangebyscore 0 1|zremrangebyrank 0 1'.split('|').map(withKey),
  ...'xadd * x x|xrange - +|xrevrange + -|xlen|xdel 0-1|xtrim MAXLEN 1|xsetid 0-1'.split('|').map(withKey),
  'zunionstore KEY 1 KEY',
  'rename KEY KEY',
  'xinfo STREAM KEY',
].map((line) => line.split(' '))

/** Names of the commands to grant in Redis. Without INFO the service starts, and warns of the settings of Redis that it cannot check. */
export const COMMANDS_TO_GRANT: readonly string[] = [...new Set(['info', ...COMMANDS.map(([name]) => name)])].sort()

function withKey(command: string): string {
  const [name, ...rest] = command.split(' ')
  return [name, 'KEY', ...rest].join(' ')
}

/** Runs nothing of what it asks about. Redis below 7.0 cannot tell. */
const DENIED = `
  if not redis.acl_check_cmd then return {} end
  local denied = {}
  for _, command in ipairs(cjson.decode(ARGV[1])) do
    for i, word in ipairs(command) do
      if word == 'KEY' then command[i] = KEYS[1] elseif word == 'CHANNEL' then command[i] = KEYS[1] end
    end
    if not redis.acl_check_cmd(unpack(command)) then denied[#denied + 1] = command[1] end
  end
  return denied
`

/**
 * Checks that the user of the service may run what the service needs, on the keys and channels of its prefix.
 * @param url that of Redis
 * @throws LiverankError CONFIGURATION, which names the commands that the user may not run
 */
export async function expectPermissions({ commands }: RedisConnection, url: string, prefix: string): Promise<void> {
  let reply: unknown
  try {
    reply = await commands.eval(DENIED, 1, `${prefix}:meta`, JSON.stringify(COMMANDS))
  } catch (error) {
    const { message } = error as Error
    if (!message.startsWith('NOPERM')) return answered(Promise.reject(error))
    throw new LiverankError('CONFIGURATION', `Redis at REDIS_URL ${withoutCredentials(url)}: ${missingPermission(message)}`)
  }
  const denied = [...new Set(z.array(z.string()).parse(reply))].sort()
  if (denied.length === 0) return
  throw new LiverankError(
    'CONFIGURATION',
    `Redis at REDIS_URL ${withoutCredentials(url)}: its user may not run these commands on the keys and channels that begin with "${prefix}:": ${denied.join(', ')}. Grant them with ACL SETUSER.`,
  )
}
