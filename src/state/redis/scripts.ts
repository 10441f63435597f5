import type { Cluster, Redis } from 'ioredis'
import { NONCES } from '../store.ts'
import { IDENTITY_EPOCH_SECONDS } from './identity-score.ts'

/**
 * Swaps a value if its stamp is still the one that was read, and with it writes the log entry, the identities and the signal.
 *
 * KEYS value, log, identities, presence, index, events, sample, store
 * ARGV expected stamp, value, expiry in ms (0 for none), entry, increments, channel, signal, id for the index,
 *      oldest identity score to keep, identities' expiry in ms, user for the sample ('' for none), their score in it, its size,
 *      events' expiry in ms, how many are kept, id of the store, number of events, then the events, then hash and score of each identity
 * Returns {0}; {0, score} when the sample is full, with its highest; {1, value} when the stamp is another one; {2, scores} when
 * identities are known; or {3} when the partition belongs to another store, or lost its data.
 */
const SWAP = `#!lua
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
      redis.call('PEXPIRE', KEYS[3], ARGV[10])
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
  local oldest = math.min(ARGV[9], seconds * ${NONCES})
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

/**
 * Adds what the logs of some partitions hold between two marks to the rows and sets of one shard, and moves the marks: all of
 * it, or nothing when a mark is not where the worker believes it to be.
 *
 * KEYS marks; the row of each entity; then the sets of each
 * ARGV id of the store; run id of the server that confirmed the logs ('' where that is another server); expiry in ms; number of ranges, per range partition, from, to; the latest time that is not ahead of now; number
 *      of kinds, per kind its number of rows, its number of columns of times, those columns; per entity: columns of a row, numbers as
 *      packed (operation u8, column u16, value f64, epoch f64), number of sets; per set: epoch column, keep, capacity, number of
 *      members; per member: its name, packed (epoch f64, gain f64)
 * A cell or score that would not be finite stays as it is; one that is not finite already begins anew at 0.
 * Returns {} when applied; {'store'} when the shard belongs to another store, or lost its data; {'restarted'} when the server has another
 * run id, since it may have come back without what was confirmed; {'ahead', places} with the places from 0
 * of rows that stand ahead of now, which must move back first; {'refused', how many} when applied without additions that would not be
 * finite; else partition and mark of every range that does not fit.
 */
const FOLD = `#!lua flags=allow-oom
local at = 1
local function take() local value = ARGV[at]; at = at + 1; return value end
if (redis.call('HGET', KEYS[1], 'store') or '') ~= take() then return {'store'} end
local run = take()
if run ~= '' and not string.find(redis.call('INFO', 'server'), 'run_id:' .. run, 1, true) then return {'restarted'} end
local ttl = take()
local ranges = tonumber(take())
local marks, stale = {}, {}
for i = 1, ranges do
  local partition, from, to = take(), take(), take()
  local mark = redis.call('HGET', KEYS[1], partition) or '0-0'
  if mark ~= from then
    stale[#stale + 1] = partition
    stale[#stale + 1] = mark
  end
  marks[#marks + 1] = partition
  marks[#marks + 1] = to
end
if #stale > 0 then return stale end
local function finite(number) return number - number == 0 end
local limit, key = tonumber(take()), 1
local rows, ahead = {}, {'ahead'}
for i = 1, tonumber(take()) do
  local count, times = tonumber(take()), {}
  for j = 1, tonumber(take()) do times[j] = take() * 8 + 1 end
  for j = 1, count do
    key = key + 1
    local bytes = redis.call('GET', KEYS[key]) or ''
    rows[#rows + 1] = bytes
    for k = 1, #times do
      local time = #bytes >= times[k] + 7 and struct.unpack('<d', bytes, times[k]) or 0
      if time > limit and finite(time) then
        ahead[#ahead + 1] = tostring(#rows - 1)
        break
      end
    end
  end
end
if #ahead > 1 then return ahead end
local refused = 0
for place = 1, #rows do
  local width, blob, sets = tonumber(take()), take(), tonumber(take())
  local bytes = rows[place]
  local held = #bytes / 8
  local row = { struct.unpack('<' .. string.rep('d', held), bytes) }
  row[held + 1] = nil
  for i = held + 1, width do row[i] = 0 end
  if held > width then width = held end
  local position = 1
  while position <= #blob do
    local op, column, value, epoch
    op, column, value, epoch, position = struct.unpack('<BHdd', blob, position)
    column = column + 1
    local before = finite(row[column]) and row[column] or 0
    local after = before
    if op == 0 then after = before + value
    elseif op == 2 then if value > before then after = value end
    elseif op == 3 then if before == 0 or value < before then after = value end
    else
      local current = finite(row[column + 1]) and row[column + 1] or 0
      if before == 0 or epoch == current then
        after = before + value
        current = epoch
      elseif epoch > current then
        after = before * 2 ^ (64 * (current - epoch)) + value
        current = epoch
      else
        after = before + value * 2 ^ (64 * (epoch - current))
      end
      if finite(after) then row[column + 1] = current end
    end
    if not finite(after) then
      after = before
      refused = refused + 1
    end
    row[column] = after
  end
  for i = 1, sets do
    key = key + 1
    local setKey = KEYS[key]
    local epochColumn, keep, capacity, members = tonumber(take()) + 1, tonumber(take()), tonumber(take()), tonumber(take())
    local count = redis.call('ZCARD', setKey)
    for j = 1, members do
      local member = take()
      local epoch, gain = struct.unpack('<dd', take())
      local current = finite(row[epochColumn]) and row[epochColumn] or 0
      if count == 0 then row[epochColumn] = epoch
      elseif epoch > current then
        redis.call('ZUNIONSTORE', setKey, 1, setKey, 'WEIGHTS', string.format('%.17g', 2 ^ (64 * (current - epoch))))
        row[epochColumn] = epoch
      elseif epoch < current then gain = gain * 2 ^ (64 * (epoch - current)) end
      if count >= capacity and not redis.call('ZSCORE', setKey, member) then
        redis.call('ZREMRANGEBYRANK', setKey, 0, count - keep - 1)
      end
      if not finite(tonumber(redis.call('ZINCRBY', setKey, string.format('%.17g', gain), member))) then
        redis.call('ZREM', setKey, member)
        refused = refused + 1
      end
      count = redis.call('ZCARD', setKey)
    end
    redis.call('PEXPIRE', setKey, ttl)
  end
  redis.call('SET', KEYS[place + 1], struct.pack('<' .. string.rep('d', width), unpack(row, 1, width)), 'PX', ttl)
end
redis.call('HSET', KEYS[1], unpack(marks))
if refused > 0 then return {'refused', tostring(refused)} end
return {}
`

/**
 * Sets what a fold leaves out of an entry aside, once, under the id of the entry. KEYS set aside; ARGV id, how many are kept, what is
 * wrong, the increments. Returns 'added', 'known' when it, or a later one, stands there already, or an error as a text.
 */
const SET_ASIDE = `#!lua flags=allow-oom
local reply = redis.pcall('XADD', KEYS[1], 'MAXLEN', ARGV[2], ARGV[1], 'what', ARGV[3], 'increments', ARGV[4])
if type(reply) ~= 'table' or not reply.err then return 'added' end
if string.find(reply.err, 'equal or smaller', 1, true) then return 'known' end
return reply.err
`

/** How many were ever set aside. KEYS set aside. */
const COUNT_ASIDE = `#!lua flags=no-writes
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'entries-added' then return info[i + 1] end
end
return 0
`

/**
 * Announces that a log will be folded up to an entry. KEYS log, fold mark; ARGV id of the entry.
 * Returns the run id of the server, '-' where it tells none; or '', and announces nothing, when the log does not hold that entry.
 */
const MARK = `#!lua flags=allow-oom
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return '' end
redis.call('SET', KEYS[2], ARGV[1])
return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '-'
`

/** Makes all ids that a log gives from now on greater than one. KEYS log; ARGV id. Returns 1 if they might have been less. */
const LIFT = `#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[1]) == 1 then
  local function read(id)
    local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(sequence)
  end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local ms, sequence = read(info[i + 1])
      local leastMs, leastSequence = read(ARGV[1])
      if ms > leastMs or (ms == leastMs and sequence >= leastSequence) then return 0 end
    end
  end
end
redis.call('XADD', KEYS[1], ARGV[1], 'lifted', '')
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
`

/**
 * Takes or keeps the lease if nobody else has it. KEYS lease; ARGV holder, for how many ms. Returns 1 if it is the holder's now.
 * A lease that lasts longer than any that is given was given before the clock of this server stepped back: it counts as ended, since its
 * holder may be gone, and would keep it for as long as the step. A holder that lives shares the work until it asks again.
 * Flagged, as all that folding needs, so that a store without memory left can still be folded.
 */
const LEASE = `#!lua flags=allow-oom
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`

/**
 * Claims a stretch of a log for archiving. KEYS log, claim; ARGV first id, stretch.
 * Returns it, or the one that was claimed before; nothing when the log does not hold its first entry any more.
 */
const CLAIM = `#!lua flags=allow-oom
local claimed = redis.call('GET', KEYS[2])
if claimed then return claimed end
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
redis.call('SET', KEYS[2], ARGV[2])
return ARGV[2]
`

/** Trims a log of a stretch that is archived. KEYS log, claim; ARGV stretch, first id to keep. Returns 0, and trims nothing, when the claim is gone. */
const TRIM = `#!lua flags=allow-oom
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
redis.call('DEL', KEYS[2])
return 1
`

/** Gives the lease back, if it is still the holder's. KEYS lease; ARGV holder. */
const RELEASE = `#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

/**
 * The highest members of sets of one shard with their scores, and the epochs that these are in: a fold between two commands might move
 * both. KEYS set and row of each; ARGV for each the columns of the epoch and of the latest addition, how many. Returns for each the epoch,
 * the time of the latest addition, then members and scores as ZREVRANGE gives them, as one text with U+0000 between: one is read faster
 * than hundreds. Scores within 2^-15 of the last one follow, since ids decide which of them are among the highest.
 */
const READ_SETS = `#!lua flags=no-writes
local replies = {}
for i = 1, #KEYS, 2 do
  local at = (i - 1) / 2 * 3
  local first = math.min(ARGV[at + 1], ARGV[at + 2])
  local bytes = redis.call('GETRANGE', KEYS[i + 1], first * 8, math.max(ARGV[at + 1], ARGV[at + 2]) * 8 + 7)
  local function number(column)
    local from = (column - first) * 8 + 1
    return string.format('%.17g', #bytes >= from + 7 and struct.unpack('<d', bytes, from) or 0)
  end
  replies[at + 1] = number(ARGV[at + 1])
  replies[at + 2] = number(ARGV[at + 2])
  local last = tonumber(redis.call('ZREVRANGE', KEYS[i], ARGV[at + 3] - 1, ARGV[at + 3] - 1, 'WITHSCORES')[2])
  local lowest = last and string.format('%.17g', last * (last > 0 and 1 - 2 ^ -15 or 1 + 2 ^ -15)) or '-inf'
  replies[at + 3] = table.concat(redis.call('ZREVRANGEBYSCORE', KEYS[i], '+inf', lowest, 'WITHSCORES'), '\\0')
end
return replies
`

/**
 * Moves a row and its sets that stand ahead of now back to it, see decay.ts: `moveBack` of shared-sums.ts does the same in memory.
 *
 * KEYS row, sets; ARGV now, the latest time that is not ahead, columns of the first and the last event, number of sums; per sum its
 *      column and half-life; per set the columns of its epoch and its latest addition, and its half-life
 */
const MOVE_BACK = `#!lua flags=allow-oom
local bytes = redis.call('GET', KEYS[1]) or ''
local width = #bytes / 8
local row = { struct.unpack('<' .. string.rep('d', width), bytes) }
row[width + 1] = nil
local now, limit, first, last = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] + 1, ARGV[4] + 1
local function moved(ms, halfLife)
  local halfLives = math.floor(ms / halfLife)
  local epochs = math.floor(halfLives / 64)
  return 2 ^ (64 * epochs - halfLives), epochs
end
local function isBeyond(time) return time ~= nil and time > limit and time < math.huge end
local at = 6
local isAhead = isBeyond(row[last])
for i = 1, ARGV[5] do
  local column = ARGV[at] + 1
  if isAhead and (row[column] or 0) ~= 0 then
    local factor, epochs = moved(row[last] - now, tonumber(ARGV[at + 1]))
    row[column] = row[column] * factor
    row[column + 1] = row[column + 1] - epochs
  end
  at = at + 2
end
if isAhead then
  row[last] = now
  row[first] = math.min(row[first], now)
end
for i = 2, #KEYS do
  local epoch, latest = ARGV[at] + 1, ARGV[at + 1] + 1
  if row[epoch] and isBeyond(row[latest]) then
    local factor, epochs = moved(row[latest] - now, tonumber(ARGV[at + 2]))
    local ttl = redis.call('PTTL', KEYS[i])
    redis.call('ZUNIONSTORE', KEYS[i], 1, KEYS[i], 'WEIGHTS', string.format('%.17g', factor))
    if ttl > 0 then redis.call('PEXPIRE', KEYS[i], ttl) end
    row[epoch] = row[epoch] - epochs
    row[latest] = now
  end
  at = at + 3
end
if width > 0 then redis.call('SET', KEYS[1], struct.pack('<' .. string.rep('d', width), unpack(row, 1, width)), 'KEEPTTL') end
return 1
`

/** Stores the first setting of a hash, or tells the one that is there. KEYS meta; ARGV field, value to set, value to expect ('' for absent). */
const SET_IF = `#!lua flags=allow-oom
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held == ARGV[3] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  return ARGV[2]
end
return held
`

/**
 * Keeps a slate for a while, and logs it. KEYS slate, log, the user's slates, store; ARGV slate, expiry in ms, entry, id, ms now, id of
 * the store. Returns 0, and keeps nothing, when the partition belongs to another store, or lost its data.
 */
const PUT_SLATE = `#!lua
if (redis.call('HGET', KEYS[4], 'store') or '') ~= ARGV[6] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('XADD', KEYS[2], '*', 'e', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. (ARGV[5] - ARGV[2]))
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
`

/**
 * Removes what is kept of a user. KEYS value, events, ids of slates, sample, progress of the erasure; ARGV expected stamp ('' for an
 * absent value), 1 if it matters, id, expected progress. Returns how many keys went; -1, with nothing removed, when the stamp or the
 * progress is another one.
 */
const ERASE_USER = `#!lua flags=allow-oom
if ARGV[2] == '1' and redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return -1 end
if redis.call('GET', KEYS[5]) ~= ARGV[4] then return -1 end
redis.call('ZREM', KEYS[4], ARGV[3])
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
`

/**
 * Removes lists of a partition. KEYS log, index, lists; ARGV ids of the lists.
 * Returns the id of the last entry of the log ('' for an empty one), then for each list 1 if it was there.
 */
const ERASE_LISTS = `#!lua flags=allow-oom
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local replies = { last and last[1] or '' }
for i = 1, #ARGV do
  redis.call('SREM', KEYS[2], ARGV[i])
  replies[i + 1] = redis.call('DEL', KEYS[i + 2])
end
return replies
`

/**
 * Takes entries out of a log, and puts in what is to stay of them. KEYS log, progress of the erasure; ARGV the entry that stays ('' for
 * none), ids. Returns how many went, and the progress; nothing goes, and -1 is returned, where there is no progress.
 */
const ERASE = `#!lua flags=allow-oom
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return { -1, 0 } end
local erased = redis.call('XDEL', KEYS[1], unpack(ARGV, 3))
if erased > 0 and ARGV[2] ~= '' then redis.call('XADD', KEYS[1], '*', 'e', ARGV[2]) end
return { erased, redis.call('INCR', KEYS[2]) }
`

/**
 * Copies a page of a log. KEYS log, copy; ARGV from where, how many entries, expiry of the copy in ms.
 * Returns how many entries there were, and the id of the last one.
 */
const COPY = `#!lua
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
for i = 1, #entries do redis.call('XADD', KEYS[2], entries[i][1], unpack(entries[i][2])) end
if #entries == 0 then return {0, ''} end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {#entries, entries[#entries][1]}
`

/**
 * Puts the copy of a log in its place. KEYS log, copy; ARGV from where the copy lacks entries, how many it may lack at most.
 * Returns 'replaced'; 'more' when it lacks more; or 'deleted', without the copy, when the log lacks entries that the copy has.
 */
const REPLACE = `#!lua
local rest = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2] + 1)
if #rest > tonumber(ARGV[2]) then return 'more' end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
  return 'replaced'
end
local last
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
end
for i = 1, #rest do redis.call('XADD', KEYS[2], rest[i][1], unpack(rest[i][2])) end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if first then
  redis.call('XTRIM', KEYS[2], 'MINID', first[1])
  if redis.call('XLEN', KEYS[1]) ~= redis.call('XLEN', KEYS[2]) then
    redis.call('DEL', KEYS[2])
    return 'deleted'
  end
  redis.call('XSETID', KEYS[2], last)
else
  redis.call('DEL', KEYS[2])
  redis.call('XADD', KEYS[2], last, 'emptied', '')
  redis.call('XDEL', KEYS[2], last)
end
redis.call('PERSIST', KEYS[2])
redis.call('RENAME', KEYS[2], KEYS[1])
return 'replaced'
`

/** Status of a swap, and the data that goes with it. */
export type SwapReply = [status: number, answer?: unknown]

export interface Scripts {
  liverankSwapBuffer(...args: (string | Buffer | number)[]): Promise<SwapReply>
  /** Takes the arguments as arrays, because there may be more than a call can spread. */
  liverankFold(keys: number, names: readonly string[], args: readonly (string | Buffer | number)[]): Promise<string[]>
  liverankSetAside(aside: string, id: string, kept: number, what: string, increments: string): Promise<string>
  liverankCountAside(aside: string): Promise<number>
  liverankLease(lease: string, holder: string, ms: number): Promise<number>
  liverankClaim(log: string, claim: string, first: string, stretch: string): Promise<string | null>
  liverankTrim(log: string, claim: string, stretch: string, kept: string): Promise<number>
  liverankRelease(lease: string, holder: string): Promise<number>
  liverankReadSets(keys: number, ...setsRowsColumnsLimits: (string | number)[]): Promise<string[]>
  liverankMoveBack(keys: number, names: readonly string[], args: readonly number[]): Promise<number>
  liverankMark(log: string, foldMark: string, id: string): Promise<string>
  liverankLift(log: string, id: string): Promise<number>
  liverankSetIf(...args: string[]): Promise<string>
  liverankErase(
    log: string,
    progress: string,
    expected: number,
    stays: string,
    ...ids: string[]
  ): Promise<[went: number, progress: number]>
  liverankEraseLists(keys: number, names: readonly string[], ids: readonly string[]): Promise<[end: string, ...gone: number[]]>
  liverankEraseUser(...args: (string | Buffer | number)[]): Promise<number>
  liverankCopy(log: string, copy: string, from: string, count: number, ttl: number): Promise<[count: number, last: string]>
  liverankReplace(log: string, copy: string, from: string, most: number): Promise<'replaced' | 'more' | 'deleted'>
  liverankPutSlate(...args: (string | number)[]): Promise<number>
}

export type RedisCommands = (Redis | Cluster) & Scripts

/** Adds the scripts to a client as commands. */
export function withScripts(client: Redis | Cluster): RedisCommands {
  client.defineCommand('liverankSwap', { numberOfKeys: 8, lua: SWAP })
  client.defineCommand('liverankFold', { lua: FOLD })
  client.defineCommand('liverankSetAside', { numberOfKeys: 1, lua: SET_ASIDE })
  client.defineCommand('liverankCountAside', { numberOfKeys: 1, lua: COUNT_ASIDE, readOnly: true })
  client.defineCommand('liverankLease', { numberOfKeys: 1, lua: LEASE })
  client.defineCommand('liverankClaim', { numberOfKeys: 2, lua: CLAIM })
  client.defineCommand('liverankTrim', { numberOfKeys: 2, lua: TRIM })
  client.defineCommand('liverankRelease', { numberOfKeys: 1, lua: RELEASE })
  client.defineCommand('liverankReadSets', { lua: READ_SETS, readOnly: true })
  client.defineCommand('liverankMoveBack', { lua: MOVE_BACK })
  client.defineCommand('liverankMark', { numberOfKeys: 2, lua: MARK })
  client.defineCommand('liverankLift', { numberOfKeys: 1, lua: LIFT })
  client.defineCommand('liverankSetIf', { numberOfKeys: 1, lua: SET_IF })
  client.defineCommand('liverankPutSlate', { numberOfKeys: 4, lua: PUT_SLATE })
  client.defineCommand('liverankErase', { numberOfKeys: 2, lua: ERASE })
  client.defineCommand('liverankEraseLists', { lua: ERASE_LISTS })
  client.defineCommand('liverankEraseUser', { numberOfKeys: 5, lua: ERASE_USER })
  client.defineCommand('liverankCopy', { numberOfKeys: 2, lua: COPY })
  client.defineCommand('liverankReplace', { numberOfKeys: 2, lua: REPLACE })
  return client as RedisCommands
}
