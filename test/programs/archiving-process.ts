import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'

/** A program that archives the logs of a store, and stands still before it trims the first: it says so, and waits to be killed. */
const [url, prefix, archive] = process.argv.slice(2)
const connection = connectRedis({ url: url }, console.error)
connection.commands.liverankTrim = () => {
  console.log('archived')
  return new Promise(() => {})
}
const keys = new RedisKeys({ partitions: 4, shards: 2 }, prefix)
await new LogTrimmer({ connection, keys, archive, margin: 0, warn: console.error }).trim()
