-- Leases conversations without activity: other callers do not get them until the lease ends.
--
-- KEYS: a part of the index of activity
-- ARGV: the minimum time without activity in ms, the maximum number of conversations, the lease in ms
--
-- Returns the score that the conversations have now, and their ids.
local index = KEYS[1]
local time = redis.call('TIME')
local idle_since = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
local ids = redis.call('ZRANGEBYSCORE', index, '-inf', string.format('%.0f', idle_since), 'LIMIT', 0, ARGV[2])
local leased = string.format('%.0f', idle_since + ARGV[3])
for _, id in ipairs(ids) do
    redis.call('ZADD', index, leased, id)
end
table.insert(ids, 1, leased)
return ids
