-- Load for create_case: every request is a new report at a random point of the measured city.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long us; } moment; int gettimeofday(moment *at, void *zone);")
local counter = 0
local threads = {}

function setup(thread)
  counter = counter + 1
  thread:set("id", counter)
  table.insert(threads, thread)
end

function init(args)
  token = os.getenv("BENCH_TOKEN")
  math.randomseed(id * 7919 + os.time())
  made, repeated, refused, failed = 0, 0, 0, 0
  rate = tonumber(os.getenv("BENCH_RATE") or "0")
  due = now()
  photos = {}
  for digest in string.gmatch(os.getenv("BENCH_PHOTOS"), "%x+") do table.insert(photos, digest) end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. token
end

-- Milliseconds; Lua's own clocks count whole seconds, or those of the processor.
function now()
  local at = ffi.new("moment")
  ffi.C.gettimeofday(at, nil)
  return tonumber(at.s) * 1000 + tonumber(at.us) / 1000
end

local function hex(n)
  local text = {}
  for i = 1, n do text[i] = string.format("%x", math.random(0, 15)) end
  return table.concat(text)
end

-- One of every second photo, from the first or the second on: a report names no photo twice.
local function photo(first)
  return photos[2 * math.random(#photos / 2) - 2 + first]
end

local body = [[{"key":"%s-%s-4%s-8%s-%s","inputs":{"source":"collector","category":"gb47678_2026/part/01001",]] ..
  [["condition":"gb47678_2026/part/01001#cov_break","point":{"lon":%.6f,"lat":%.6f,"system":"wgs84"},]] ..
  [["description":"井盖破损，行人绊倒，请尽快更换","address":"人民路 12 号门前",]] ..
  [["photos":[{"kind":"close","sha256":"%s"},{"kind":"wide","sha256":"%s"}]}}]]

function request()
  return wrk.format(nil, nil, nil, string.format(body, hex(8), hex(4), hex(3), hex(3), hex(12),
    120.0005 + math.random() * 0.099, 30.0005 + math.random() * 0.099, photo(1), photo(2)))
end

-- With a rate each connection that is free takes the next place of a timetable, however slowly others are answered: as long as
-- connections are left, as many are offered a second. A place that has passed is taken at once.
function delay()
  if rate == 0 then return 0 end
  due = due + 1000 / rate
  return math.max(0, math.floor(due - now()))
end

function response(status, headers)
  if status == 201 then made = made + 1
  elseif status == 200 then repeated = repeated + 1
  elseif status == 429 and (headers["Retry-After"] or headers["retry-after"]) then refused = refused + 1
  else failed = failed + 1 end
end

function done(summary, latency)
  local made, repeated, refused, failed = 0, 0, 0, 0
  for _, thread in ipairs(threads) do
    made, repeated = made + thread:get("made"), repeated + thread:get("repeated")
    refused, failed = refused + thread:get("refused"), failed + thread:get("failed")
  end
  io.write(string.format('\n{"made": %d, "repeated": %d, "refused": %d, "failed": %d, "seconds": %.3f, "p50": %.2f, "p99": %.2f, "max": %.2f}\n',
    made, repeated, refused, failed + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
