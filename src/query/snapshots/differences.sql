-- sides
SELECT selected, sum(trace_weight) AS traces,
  groupArraySorted(300)((-log((cityHash64(trace_id) + 1.) / 18446744073709551616.) / trace_weight, lower(hex(trace_id)))) AS sample
FROM (
SELECT trace_id, max((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND duration_ns >= toUInt64(1000)
  AND duration_ns <= toUInt64(2000)
  AND status = 'error')) AS selected, greatest(toFloat64(any(weight)), 1e-6) AS trace_weight
FROM `spans`
WHERE org = 'acme'
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')) OR (ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790086440000000000'), 'UTC')))
  AND (((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND duration_ns >= toUInt64(1000)
  AND duration_ns <= toUInt64(2000)
  AND status = 'error')) OR (ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790086440000000000'), 'UTC')))
GROUP BY trace_id
)
GROUP BY selected
LIMIT 2;

-- sizes of traces
SELECT lower(hex(trace_id)) AS trace,
  toUnixTimestamp64Nano(min(trace_index.min_ts)) AS start_ns,
  toUnixTimestamp64Nano(max(trace_index.max_ts)) AS last_start_ns,
  sum(trace_index.spans) AS spans
FROM `trace_index`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
GROUP BY trace_id;

-- spans
SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  service, name, kind, status, toString(resource_id) AS resource,
  toFloat64(toUnixTimestamp64Nano(ts) - toInt64('1790000040000000000')) AS start, toFloat64(duration_ns) AS duration,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types,
  `events.name` AS event_names,
  arrayMap(a -> mapKeys(a), `events.attrs`) AS event_keys,
  arrayMap(a -> mapValues(a), `events.attrs`) AS event_vals
FROM `spans`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000041000000000'), 'UTC')))
LIMIT toUInt64(20000);

-- logs
SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, service, severity, substring(body, 1, 256) AS text
FROM `logs`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000041000000000'), 'UTC')))
ORDER BY cityHash64(trace_id)
LIMIT toUInt64(200) BY trace_id
LIMIT toUInt64(20000);
