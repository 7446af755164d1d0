"""What Redis does in one step. Times are whole microseconds of the epoch key, which never runs backwards.

A fill carries the epoch that was read before its fetch began. An invalidation first moves the epoch on, then marks
its tag and takes the tag's index, then fences and deletes every value found there; until that is done, the names stay
with the tag, for another one to finish. So a fill that began earlier is
refused at the tag's mark, or was in the index in time and is refused at its fence or deleted.

A Redis that is full lets a script begin with what takes no memory only, and go on with whatever it has to. Those of an
invalidation begin so, and those that keep something do not.
"""

import hashlib
from typing import NamedTuple

# A fill that took longer is refused. Marks and fences live longer than this, so that none is gone too early.
MAX_FILL_SECONDS = 65
GUARD_SECONDS = 2 * MAX_FILL_SECONDS


class Script(NamedTuple):
    """Lua code and the digest that Redis knows it by."""

    code: str
    digest: str


def _script(code: str) -> Script:
    return Script(code, hashlib.sha1(code.encode()).hexdigest())  # noqa: S324  Redis names scripts so


# KEYS: epoch. Returns the new epoch and the time: an epoch is a time, or one more than the last if that is later.
TICK = _script("""
redis.call('PEXPIRE', KEYS[1], 86400000)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local epoch = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') + 1)
redis.call('SET', KEYS[1], string.format('%.0f', epoch), 'PX', 86400000)
return {epoch, now}
""")

# KEYS: index and mark of a tag. ARGV: epoch of the fill, how long its values may live (ms), their names.
# Returns 0, or the mark that refuses them. Scores are the times at which entries expire.
REGISTER = _script("""
local mark = tonumber(redis.call('GET', KEYS[2]) or '0')
if mark > tonumber(ARGV[1]) then return mark end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = now + ARGV[2]
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], 'GT', expiry, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
""")

# KEYS: value, fence, lease. ARGV: epoch of the fill, how long it may live (ms), oldest epoch to admit counted from now
# (microseconds), lease token, the value. Returns 0, or the fence that refuses it; -1 where it took too long.
FILL = _script("""
if redis.call('GET', KEYS[3]) == ARGV[4] then redis.call('DEL', KEYS[3]) end
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if fence > tonumber(ARGV[1]) then return fence end
local time = redis.call('TIME')
if time[1] * 1000000 + time[2] - ARGV[1] > tonumber(ARGV[3]) then return -1 end
redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[2])
return 0
""")

# KEYS: value, lease. ARGV: lease token. Ends a lease without a value. An empty value for a moment tells those who
# wait for it, since Redis announces changes of values only.
RELEASE = _script("""
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], '', 'PX', 1, 'NX')
return 1
""")

# KEYS: index, mark and doomed names of a tag. ARGV: epoch, lifetime of the mark (ms). Returns the names under the tag,
# and those that an earlier invalidation took and may not have deleted: it failed, or whoever made it was killed.
TAKE = _script("""
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local mark = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[1]))
redis.call('SET', KEYS[2], string.format('%.0f', mark), 'PX', ARGV[2])
local lifetime = math.max(redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[3]))
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[3], 'GT', ARGV[1], name) end
redis.call('DEL', KEYS[1])
if lifetime > 0 then redis.call('PEXPIRE', KEYS[3], lifetime) end
return redis.call('ZRANGE', KEYS[3], 0, -1)
""")

# KEYS: doomed names of a tag. ARGV: epoch, names that are deleted. One that was taken again since stays.
DONE = _script("""
for i = 2, #ARGV do
  if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i]) or '0') <= tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return 0
""")

# KEYS: value, fence, lease. ARGV: epoch, lifetime of the fence (ms). Whoever waits for the value is told, as above.
DROP = _script("""
local existed = redis.call('DEL', KEYS[1])
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[1]))
redis.call('SET', KEYS[2], string.format('%.0f', fence), 'PX', ARGV[2])
if redis.call('DEL', KEYS[3]) == 1 and existed == 0 then redis.call('SET', KEYS[1], '', 'PX', 1) end
return existed
""")

# KEYS: answer. ARGV: what it is, its body, how long it may live (ms), how many values it was made of, their names, and
# their heads in the same order.
KEEP_ANSWER = _script("""
local count = tonumber(ARGV[4])
local names, heads = {unpack(ARGV, 5, 4 + count)}, {unpack(ARGV, 5 + count)}
redis.call('HSET', KEYS[1], 'what', ARGV[1], 'body', ARGV[2], 'parts', cmsgpack.pack({names, heads}))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
""")

# KEYS: answer. Deletes it unless every value begins with the head that it had; returns whether it is still there. The
# body is not looked at: what goes through a script is copied twice.
CHECK_ANSWER = _script("""
local parts = redis.call('HGET', KEYS[1], 'parts')
if not parts then return 0 end
local names, heads = unpack(cmsgpack.unpack(parts))
for i, head in ipairs(heads) do
  if redis.call('GETRANGE', names[i], 0, #head - 1) ~= head then
    redis.call('DEL', KEYS[1])
    return 0
  end
end
return 1
""")

ALL = (TICK, REGISTER, FILL, RELEASE, TAKE, DONE, DROP, KEEP_ANSWER, CHECK_ANSWER)
