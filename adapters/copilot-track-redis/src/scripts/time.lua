-- Returns the time in ms on the server that has the conversation.
--
-- KEYS: the conversation
local time = redis.call('TIME')
return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
