-- Asks for one tile after another, in the order of the file BENCH_PATHS (a path a line); prints one line of JSON.

local headers = {}
if os.getenv("BENCH_COOKIE") ~= "" then headers["Cookie"] = os.getenv("BENCH_COOKIE") end
if os.getenv("BENCH_HELD") ~= "" then headers["If-None-Match"] = os.getenv("BENCH_HELD") end

local paths, at = {}, 0
for path in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = path end

local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() answered, unchanged, empty, failed = 0, 0, 0, 0 end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end

function response(status)
  if status == 200 then answered = answered + 1
  elseif status == 304 then unchanged = unchanged + 1
  elseif status == 204 then empty = empty + 1
  else failed = failed + 1 end
end

function done(summary, latency)
  local sums = {answered = 0, unchanged = 0, empty = 0, failed = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
  end
  io.write(string.format('\n{"answered": %d, "unchanged": %d, "empty": %d, "failed": %d, "bytes": %d, "seconds": %.3f, "p50": %.2f, "p99": %.2f}\n',
    sums.answered, sums.unchanged, sums.empty, sums.failed + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    summary.bytes, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
