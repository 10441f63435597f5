import { STORED_NONCES } from '../../log/not-counted.ts'
import { IDENTITY_EPOCH_SECONDS } from './identity-score.ts'

/**
 * Replaces a value if its stamp is still the one that was read. Writes the log entry, the identities and the signal with it.
 *
 * KEYS value, log, identities, presence, index, events, sample, store
 * ARGV expected stamp, value, expiry in ms (0 for none), entry, increments, channel, signal, id for the index,
 *      oldest identity score to keep, identities' expiry in ms, user for the sample ('' for none), their score in it, its size,
 *      events' expiry in ms, how many are kept, id of the store, number of events, then the events, then hash and score of each identity
 * Returns {0} if it wrote; {0, score} if the sample is also full, with its highest score; {1, value} if the stamp is another one;
 * {2, scores} if identities are known; or {3} if the partition belongs to another store, or lost its data.
 */
export const SWAP = `#!lua
if (redis.call('HGET', KEYS[8], 'store') or '') ~= ARGV[16] then return {3} end
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then
  return {1, redis.call('GET', KEYS[1])}
end
local hashes, additions = {}, {}
local events = tonumber(ARGV[17])
for i = 18 + events, #ARGV, 2 do
  hashes[#hashes + 1] = ARGV[i]
  additions[#additions + 1] = ARGV[i + 1]
  additions[#additions + 1] = ARGV[i]
end
if #hashes > 0 then
  local scores = redis.call('ZMSCORE', KEYS[3], unpack(hashes))
  for i = 1, #scores do
    if scores[i] then
      -- A write, so that a WAIT behind it speaks of all that led to this answer, whoever wrote it.
      local left = redis.call('PTTL', KEYS[3])
      redis.call('PEXPIRE', KEYS[3], left > 0 and left or ARGV[10])
      return {2, scores}
    end
  end
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('XADD', KEYS[2], '*', 'e', ARGV[4], 'i', ARGV[5])
if #hashes > 0 then
  redis.call('ZADD', KEYS[3], unpack(additions))
  -- Only what is old by the clock of this server too: that of a process may be ahead.
  local seconds = redis.call('TIME')[1] - ${IDENTITY_EPOCH_SECONDS} - math.ceil(ARGV[10] / 1000)
  local oldest = math.min(ARGV[9], seconds * ${STORED_NONCES})
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. string.format('%.17g', oldest))
  redis.call('PEXPIRE', KEYS[3], ARGV[10])
end
if events > 0 then
  redis.call('LPUSH', KEYS[6], unpack(ARGV, 18, 17 + events))
  redis.call('LTRIM', KEYS[6], 0, ARGV[15] - 1)
  redis.call('PEXPIRE', KEYS[6], ARGV[14])
end
local bound
if ARGV[11] ~= '' then
  redis.call('ZADD', KEYS[7], ARGV[12], ARGV[11])
  local size = tonumber(ARGV[13])
  redis.call('ZREMRANGEBYRANK', KEYS[7], size, -1)
  bound = redis.call('ZRANGE', KEYS[7], size - 1, size - 1, 'WITHSCORES')[2]
end
if ARGV[8] ~= '' then redis.call('SADD', KEYS[5], ARGV[8]) end
if ARGV[7] ~= '' and (ARGV[8] ~= '' or redis.call('EXISTS', KEYS[4]) == 1) then
  redis.call('PUBLISH', ARGV[6], ARGV[7])
end
return {0, bound}
`
