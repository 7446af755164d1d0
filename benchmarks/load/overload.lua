-- wrk -t1 -c1000 -d10s -s overload.lua http://127.0.0.1:PORT -- REQUESTS DELAY_MS
-- REQUESTS as for wrk.lua. Each connection waits DELAY_MS on average before its next request, so that what is sent does not follow
-- what is answered: refusals come at once, and there are many more connections than are served. Prints one line of JSON.

local threads = {}
function setup(thread) table.insert(threads, thread) end

local requests, at, pause = {}, 0, 0
good, partial, refused, bare, other = 0, 0, 0, 0, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local token, body = line:match('^([^\t]*)\t(.*)$')
    local headers = { ['content-type'] = 'application/json', ['accept'] = 'application/json' }
    if token ~= '-' then headers['authorization'] = 'Bearer ' .. token end
    table.insert(requests, wrk.format('POST', '/graphql', headers, body))
  end
  pause = tonumber(arguments[2])
  math.randomseed(1)
end

function delay() return math.random() * 2 * pause end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status, headers, body)
  if status == 200 then
    if body:find('"errors":', 1, true) then partial = partial + 1 else good = good + 1 end
  elseif status == 503 or status == 429 then
    refused = refused + 1
    if not (headers['retry-after'] or headers['Retry-After']) then bare = bare + 1 end
  else other = other + 1 end
end

function done(summary)
  local total = { good = 0, partial = 0, refused = 0, bare = 0, other = 0 }
  for _, thread in ipairs(threads) do
    for name, sum in pairs(total) do total[name] = sum + thread:get(name) end
  end
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.4f,"good":%d,"partial":%d,"refused":%d,"bare":%d,"other":%d,"lost":%d}\n', summary.duration / 1e6,
    total.good, total.partial, total.refused, total.bare, total.other,
    errors.connect + errors.read + errors.write + errors.timeout))
end
