-- times, newest first
SELECT toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns, count() AS rows
FROM (
SELECT ts FROM (
SELECT ts
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND true
ORDER BY toStartOfFiveMinutes(ts) DESC, ts DESC
LIMIT toUInt64(51)
)
ORDER BY ts DESC
LIMIT toUInt64(51)
)
HAVING count() > 0;

-- times, every condition, oldest first
SELECT toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns, count() AS rows
FROM (
SELECT ts FROM (
SELECT ts
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service = 'web'
  AND severity >= toUInt64(17)
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND hasAllTokens(lower(body), ['cart', 'failed'])
  AND position(lower(body), 'cart/7') > 0
  AND indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) AND attrs['http.route'] = '/cart'
  AND ((indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('zone', 'eu'))) AND attrs['zone'] = 'eu') OR (service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')) OR (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')))
ORDER BY toStartOfFiveMinutes(ts) ASC, ts ASC
LIMIT toUInt64(51)
)
ORDER BY ts ASC
LIMIT toUInt64(51)
)
HAVING count() > 0;

-- resources of a page
SELECT toString(resource_id) AS id, mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `resources`
WHERE org = 'acme'
  AND resource_id IN (toUInt64(1), toUInt64(18446744073709551615))
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY resource_id;

-- scopes of a page
SELECT toString(scope_id) AS id, name, version, mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `scopes`
WHERE org = 'acme'
  AND scope_id IN (toUInt64(1), toUInt64(18446744073709551615))
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY scope_id;

-- records, newest first
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
ORDER BY ts DESC, tie DESC
LIMIT toUInt64(51);

-- records of a later page
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
  AND (ts < fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') OR cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) <= toUInt64(3))
ORDER BY ts DESC, tie DESC
LIMIT toUInt64(51);

-- records, every condition, a later page, oldest first
SELECT toUnixTimestamp64Nano(ts) AS time_ns, cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) AS tie,
  toUnixTimestamp64Nano(observed_ts) AS observed_ns,
  lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  severity, severity_text, service, body, body_type, event_name,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND service = 'web'
  AND severity >= toUInt64(17)
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND hasAllTokens(lower(body), ['cart', 'failed'])
  AND position(lower(body), 'cart/7') > 0
  AND ((indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('zone', 'eu'))) AND attrs['zone'] = 'eu') OR (service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')) OR (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')))
  AND indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('http.route', '/cart'))) AND attrs['http.route'] = '/cart'
  AND (ts > fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') OR cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) >= toUInt64(3))
ORDER BY ts ASC, tie ASC
LIMIT toUInt64(51);
