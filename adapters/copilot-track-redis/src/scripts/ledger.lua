-- Stores the ledger of a replica, with the time.
--
-- KEYS: the ledgers
-- ARGV: the expiry in ms, the name of the replica, its ledger as JSON
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[2], now .. ' ' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
