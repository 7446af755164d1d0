-- wrk -t1 -c16 -d5s -s wrk.lua http://127.0.0.1:PORT -- REQUESTS SIZES
-- REQUESTS: a line per customer, token (or -) and body with a tab between. SIZES: a line per size that a right answer has, or
-- the word `any`, or the word `errors` where a right answer has data and errors.
-- Posts them in turn and prints one line of JSON at the end, as generator.mjs does.

local threads = {}
function setup(thread) table.insert(threads, thread) end

local requests, at, sizes, any, with_errors = {}, 0, {}, false, false
good, wrong, errors, bytes = 0, 0, 0, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local token, body = line:match('^([^\t]*)\t(.*)$')
    local headers = { ['content-type'] = 'application/json', ['accept'] = 'application/json' }
    if token ~= '-' then headers['authorization'] = 'Bearer ' .. token end
    table.insert(requests, wrk.format('POST', '/graphql', headers, body))
  end
  for line in io.lines(arguments[2]) do
    any, with_errors = any or line == 'any', with_errors or line == 'errors'
    if tonumber(line) then sizes[tonumber(line)] = true end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

local function has(body, text) return body:find(text, 1, true) ~= nil end

function response(status, _, body)
  bytes = bytes + #body
  if status ~= 200 then errors = errors + 1
  elseif sizes[#body] then good = good + 1
  elseif not has(body, '"errors":') then
    if any then good = good + 1 else wrong = wrong + 1 end
  elseif with_errors and has(body, '"data":{') then good = good + 1
  else errors = errors + 1 end
end

function done(summary, latency)
  local total = { good = 0, wrong = 0, errors = 0, bytes = 0 }
  for _, thread in ipairs(threads) do
    for name, sum in pairs(total) do total[name] = sum + thread:get(name) end
  end
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '{"seconds":%.4f,"good":%d,"wrong":%d,"errors":%d,"bytes":%d,"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"lag_ms":0}\n',
    summary.duration / 1e6, total.good, total.wrong, total.errors + failed, total.bytes,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
