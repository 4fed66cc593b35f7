-- Records the activity of conversations.
--
-- KEYS: a part of the index of activity
-- ARGV: the expiry in ms, the ids of the conversations
local index = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for number = 2, #ARGV do
    redis.call('ZADD', index, string.format('%.0f', now), ARGV[number])
end
redis.call('ZREMRANGEBYSCORE', index, '-inf', string.format('(%.0f', now - ARGV[1]))
redis.call('PEXPIRE', index, ARGV[1])
return 1
