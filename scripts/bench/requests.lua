-- Sends the requests of a file, one after the other, and ends in one line of JSON.
-- The file holds whole HTTP requests with a NUL between them; its name is the only argument.

local requests, sent = {}, 0
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for one in file:read("*a"):gmatch("[^%z]+") do
    requests[#requests + 1] = one
  end
  file:close()
  prepared = #requests
end

function request()
  sent = sent + 1
  asked = sent
  return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency)
  local errors, thread = summary.errors, threads[1]
  io.write(string.format(
    '\n{"answered":%d,"refused":%d,"broken":%d,"asked":%d,"prepared":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    thread:get("asked"), thread:get("prepared"), summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
