-- candidates, no condition
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates, every condition
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service = 'web'
  AND name = 'GET /'
  AND status = 'error'
  AND duration_ns >= toUInt64(1000)
  AND duration_ns <= toUInt64(2000)
  AND true
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates by an attribute that rows have
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('http.route', '/cart'))))) AND ((attrs['http.route'] = '/cart') OR (arrayExists(item -> item['http.route'] = '/cart', `events.attrs`)) OR (arrayExists(item -> item['http.route'] = '/cart', `links.attrs`)))
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates by a pattern
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND ((((attrs['user'] = 'a.*') OR (attrs['user'] LIKE 'a%'))) OR (arrayExists(item -> ((item['user'] = 'a.*') OR (item['user'] LIKE 'a%')), `events.attrs`)) OR (arrayExists(item -> ((item['user'] = 'a.*') OR (item['user'] LIKE 'a%')), `links.attrs`)))
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates by an attribute that resources and scopes have
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('zone', 'eu'))))) AND ((attrs['zone'] = 'eu') OR (arrayExists(item -> item['zone'] = 'eu', `events.attrs`)) OR (arrayExists(item -> item['zone'] = 'eu', `links.attrs`)))
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
UNION ALL
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
UNION ALL
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates by several attributes
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('http.route', '/cart'))))) AND ((attrs['http.route'] = '/cart') OR (arrayExists(item -> item['http.route'] = '/cart', `events.attrs`)) OR (arrayExists(item -> item['http.route'] = '/cart', `links.attrs`)))
  AND ((indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('zone', 'eu'))))) AND ((attrs['zone'] = 'eu') OR (arrayExists(item -> item['zone'] = 'eu', `events.attrs`)) OR (arrayExists(item -> item['zone'] = 'eu', `links.attrs`)))) OR (service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')) OR (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')))
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- candidates by an attribute of many services
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('zone', 'eu'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('zone', 'eu'))))) AND ((attrs['zone'] = 'eu') OR (arrayExists(item -> item['zone'] = 'eu', `events.attrs`)) OR (arrayExists(item -> item['zone'] = 'eu', `links.attrs`)))
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
UNION ALL
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- longest spans
SELECT lower(hex(trace_id)) AS trace, duration_ns, toUnixTimestamp64Nano(ts) AS start_ns
FROM (
SELECT trace_id, duration_ns, ts
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66)
)
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66);

-- longest spans, every condition
SELECT lower(hex(trace_id)) AS trace, duration_ns, toUnixTimestamp64Nano(ts) AS start_ns
FROM (
SELECT trace_id, duration_ns, ts
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service = 'web'
  AND name = 'GET /'
  AND status = 'error'
  AND duration_ns >= toUInt64(1000)
  AND duration_ns <= toUInt64(2000)
  AND duration_ns <= toUInt64(5000000000)
  AND (duration_ns < toUInt64(5000000000) OR trace_id < toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND NOT (trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)))
  AND true
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66)
)
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66);

-- longest spans by either of two that are indexed
SELECT lower(hex(trace_id)) AS trace, duration_ns, toUnixTimestamp64Nano(ts) AS start_ns
FROM (
SELECT trace_id, duration_ns, ts
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND duration_ns <= toUInt64(5000000000)
  AND (duration_ns < toUInt64(5000000000) OR trace_id < toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND trace_id IN (toFixedString(unhex('0af7651916cd43dd8448eb211c80319c'), 16))
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66)
UNION ALL
SELECT trace_id, duration_ns, ts
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND duration_ns <= toUInt64(5000000000)
  AND (duration_ns < toUInt64(5000000000) OR trace_id < toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('http.route', '/cart'))))) AND ((attrs['http.route'] = '/cart') OR (arrayExists(item -> item['http.route'] = '/cart', `events.attrs`)) OR (arrayExists(item -> item['http.route'] = '/cart', `links.attrs`)))
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66)
)
ORDER BY duration_ns DESC, trace_id DESC
LIMIT toUInt64(66);

-- traces that were given
SELECT DISTINCT lower(hex(trace_id)) AS trace
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000041000000000'), 'UTC')))
  AND service = 'web'
  AND name = 'GET /'
  AND status = 'error'
  AND duration_ns >= toUInt64(1000)
  AND duration_ns <= toUInt64(2000)
  AND duration_ns >= toUInt64(5000000000)
  AND (duration_ns > toUInt64(5000000000) OR trace_id >= toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND true
LIMIT toUInt64(1);

-- times of traces
SELECT lower(hex(trace_id)) AS trace,
  toUnixTimestamp64Nano(min(trace_index.min_ts)) AS start_ns,
  toUnixTimestamp64Nano(max(trace_index.max_ts)) AS last_start_ns
FROM `trace_index`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
GROUP BY trace_id;

-- summaries
SELECT lower(hex(trace_id)) AS trace,
  argMin((service, name), (parent_span_id != toFixedString('', 8), ts, span_id)) AS root,
  toUnixTimestamp64Nano(min(ts)) AS start_ns,
  max(toUnixTimestamp64Nano(ts) + toInt64(duration_ns)) AS end_ns,
  count() AS spans,
  countIf(status = 'error') AS errors,
  arraySort(groupUniqArray(100)(service)) AS services
FROM `spans`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16), toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000041000000000'), 'UTC')) OR (ts >= fromUnixTimestamp64Nano(toInt64('1790009040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790009041000000000'), 'UTC')))
GROUP BY trace_id;

-- holders among resources
SELECT [countIf(attrs['http.route'] = '/cart'), countIf(((attrs['user'] = 'a.*') OR (attrs['user'] LIKE 'a%')))] AS counts, [groupUniqArrayIf(101)(toString(service), attrs['http.route'] = '/cart'), groupUniqArrayIf(101)(toString(service), ((attrs['user'] = 'a.*') OR (attrs['user'] LIKE 'a%')))] AS services
FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND ((attrs['http.route'] = '/cart') OR (((attrs['user'] = 'a.*') OR (attrs['user'] LIKE 'a%'))));

-- holders among scopes
SELECT [countIf(attrs['http.route'] = '/cart')] AS counts, [CAST([], 'Array(String)')] AS services
FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['http.route'] = '/cart';
