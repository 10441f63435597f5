/**
 * Adds event ids to those that are known of a user, who then stays known at least so long: a process that ended between the two would
 * leave ids that nothing removes.
 * KEYS identities; ARGV ms until they expire, then scores in turns with ids, at most 500 of each. Returns the number of new ids.
 */
export const ADD_IDENTITIES = `#!lua
local added = redis.call('ZADD', KEYS[1], unpack(ARGV, 2))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return added
`
