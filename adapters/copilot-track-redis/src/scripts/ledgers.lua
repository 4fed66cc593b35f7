-- Returns the ledgers of all replicas, and removes those that are too old.
--
-- KEYS: the ledgers
-- ARGV: the expiry in ms
--
-- Returns triples: the name of the replica, the age of its ledger in ms, and the ledger as JSON.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HGETALL', KEYS[1])
local ledgers = {}
for number = 1, #stored, 2 do
    local published, ledger = string.match(stored[number + 1], '^(%d+) (.*)$')
    local age = now - (tonumber(published) or 0)
    if not ledger or age > tonumber(ARGV[1]) then
        redis.call('HDEL', KEYS[1], stored[number])
    else
        table.insert(ledgers, stored[number])
        table.insert(ledgers, string.format('%.0f', math.max(age, 0)))
        table.insert(ledgers, ledger)
    end
end
return ledgers
