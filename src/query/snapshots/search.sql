-- spans by every field
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service IN ('web', 'cart')
  AND startsWith(name, 'GET')
  AND status = 'error'
  AND kind = 'server'
  AND duration_ns >= toUInt64(1000000)
  AND duration_ns <= toUInt64(2000000000)
  AND trace_id != toFixedString('', 16)
  AND span_id IN (toFixedString(unhex('0000000000000001'), 8))
  AND scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND name = 'lib')
  AND true
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- spans by text and attributes
SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(max(newest)) AS newest_ns
FROM (
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND ((position(lower(name), 'card declined') > 0) OR (position(lower(service), 'card declined') > 0) OR (position(lower(status_message), 'card declined') > 0) OR (arrayExists(item -> ((position(lower(item['exception.message']), 'card declined') > 0) OR (position(lower(item['exception.type']), 'card declined') > 0)), `events.attrs`)))
  AND indexHint(((has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `events.attrs`)), cityHash64('http.route', '/cart'))) OR (has(arrayFlatten(arrayMap(m -> arrayMap((k, v) -> cityHash64(k, v), mapKeys(m), mapValues(m)), `links.attrs`)), cityHash64('http.route', '/cart'))))) AND ((attrs['http.route'] = '/cart') OR (arrayExists(item -> item['http.route'] = '/cart', `events.attrs`)) OR (arrayExists(item -> item['http.route'] = '/cart', `links.attrs`)))
  AND ((ifNull(isFinite(toFloat64OrNull(attrs['code'])) AND toFloat64OrNull(attrs['code']) >= toFloat64('500'), false)) OR (arrayExists(item -> ifNull(isFinite(toFloat64OrNull(item['code'])) AND toFloat64OrNull(item['code']) >= toFloat64('500'), false), `events.attrs`)) OR (arrayExists(item -> ifNull(isFinite(toFloat64OrNull(item['code'])) AND toFloat64OrNull(item['code']) >= toFloat64('500'), false), `links.attrs`)))
  AND ((startsWith(attrs['user'], 'a')) OR (arrayExists(item -> startsWith(item['user'], 'a'), `events.attrs`)) OR (arrayExists(item -> startsWith(item['user'], 'a'), `links.attrs`)))
  AND NOT (((attrs['zone'] = 'eu') OR (arrayExists(item -> item['zone'] = 'eu', `events.attrs`)) OR (arrayExists(item -> item['zone'] = 'eu', `links.attrs`))))
  AND NOT (((mapContains(attrs, 'gone')) OR (arrayExists(item -> mapContains(item, 'gone'), `events.attrs`)) OR (arrayExists(item -> mapContains(item, 'gone'), `links.attrs`))))
  AND true
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- spans by either of two that are indexed
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
UNION ALL
SELECT trace_id, max(ts) AS newest
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service = 'web'
GROUP BY trace_id
ORDER BY newest DESC, trace_id DESC
LIMIT toUInt64(150)
)
GROUP BY trace_id
ORDER BY newest_ns DESC, trace DESC
LIMIT toUInt64(150);

-- records by every field
SELECT toUnixTimestamp64Nano(ts) AS time_ns, cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) AS tie,
  toUnixTimestamp64Nano(observed_ts) AS observed_ns,
  lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  severity, severity_text, service, body, body_type, event_name,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
  AND (if(severity >= 1 AND severity <= 24, toUInt64(severity), multiIf(startsWith(lower(severity_text), 'trace'), toUInt64(1), startsWith(lower(severity_text), 'debug'), toUInt64(5), startsWith(lower(severity_text), 'info'), toUInt64(9), startsWith(lower(severity_text), 'warn'), toUInt64(13), startsWith(lower(severity_text), 'error'), toUInt64(17), startsWith(lower(severity_text), 'fatal'), toUInt64(21), 0)) >= toUInt64(13) AND if(severity >= 1 AND severity <= 24, toUInt64(severity), multiIf(startsWith(lower(severity_text), 'trace'), toUInt64(1), startsWith(lower(severity_text), 'debug'), toUInt64(5), startsWith(lower(severity_text), 'info'), toUInt64(9), startsWith(lower(severity_text), 'warn'), toUInt64(13), startsWith(lower(severity_text), 'error'), toUInt64(17), startsWith(lower(severity_text), 'fatal'), toUInt64(21), 0)) <= toUInt64(24))
  AND startsWith(body, 'GET')
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND NOT (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND startsWith(name, 'lib')))
ORDER BY ts DESC, tie DESC
LIMIT toUInt64(51);

-- times of records by either of two that are indexed
SELECT toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns, count() AS rows
FROM (
SELECT ts FROM (
SELECT ts
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND (hasAllTokens(lower(body), ['card']))
ORDER BY toStartOfFiveMinutes(ts) DESC, ts DESC
LIMIT toUInt64(51)
UNION ALL
SELECT ts
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('order', '77'))) AND attrs['order'] = '77'
ORDER BY toStartOfFiveMinutes(ts) DESC, ts DESC
LIMIT toUInt64(51)
)
ORDER BY ts DESC
LIMIT toUInt64(102)
)
HAVING count() > 0;

-- histogram
SELECT intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) AS step, intDiv(if(severity >= 1 AND severity <= 24, toUInt64(severity), multiIf(startsWith(lower(severity_text), 'trace'), toUInt64(1), startsWith(lower(severity_text), 'debug'), toUInt64(5), startsWith(lower(severity_text), 'info'), toUInt64(9), startsWith(lower(severity_text), 'warn'), toUInt64(13), startsWith(lower(severity_text), 'error'), toUInt64(17), startsWith(lower(severity_text), 'fatal'), toUInt64(21), 0)) + 3, 4) AS band, count() AS rows
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
  AND (hasAllTokens(lower(body), ['card']))
GROUP BY step, band
ORDER BY step, band
LIMIT toUInt64(434);

-- services and levels
SELECT service, band, toUInt8(grouping(service)) AS is_level, sum(found) AS rows
FROM (
SELECT service, intDiv(if(severity >= 1 AND severity <= 24, toUInt64(severity), multiIf(startsWith(lower(severity_text), 'trace'), toUInt64(1), startsWith(lower(severity_text), 'debug'), toUInt64(5), startsWith(lower(severity_text), 'info'), toUInt64(9), startsWith(lower(severity_text), 'warn'), toUInt64(13), startsWith(lower(severity_text), 'error'), toUInt64(17), startsWith(lower(severity_text), 'fatal'), toUInt64(21), 0)) + 3, 4) AS band, count() AS found
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
GROUP BY service, band
)
GROUP BY GROUPING SETS ((service), (band))
ORDER BY is_level DESC, rows DESC, service, band
LIMIT toUInt64(19);

-- resources
SELECT toString(resource_id) AS id, count() AS rows
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
GROUP BY resource_id
ORDER BY rows DESC, resource_id
LIMIT toUInt64(501);

-- sample of attributes
SELECT item.1 AS key, item.2 AS value, count() AS rows
FROM (
SELECT arrayJoin(arrayPushBack(arrayFilter(pair -> length(pair.2) <= toUInt64(200) AND pair.1 != '', arrayZip(mapKeys(attrs), mapValues(attrs))), ('', ''))) AS item
FROM (
SELECT attrs
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
  AND (hasAllTokens(lower(body), ['card']))
ORDER BY toStartOfFiveMinutes(ts) DESC, ts DESC
LIMIT toUInt64(20000)
)
)
GROUP BY key, value
ORDER BY key = '' DESC, rows DESC, key, value
LIMIT toUInt64(12) BY key
LIMIT toUInt64(289);

-- names of operations
SELECT operation AS value, sum(span_kpis_1h.spans) AS count
FROM `span_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790003640, 'UTC')
  AND positionCaseInsensitive(operation, 'get') > 0
GROUP BY value
ORDER BY count DESC, value
LIMIT toUInt64(40);

-- names of scopes
SELECT name AS value
FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND name != ''
  AND positionCaseInsensitive(name, 'lib') > 0
GROUP BY value
ORDER BY value
LIMIT toUInt64(40);
