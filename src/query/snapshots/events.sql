-- page
SELECT toUnixTimestamp64Nano(ts) AS time_ns, cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) AS tie, service, body, body_type,
  multiIf(attrs['type'] != '', attrs['type'], toString(event_name)) AS event_type, multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') AS event_level,
  multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], '') AS master_type, multiIf(attrs['worker_type'] != '', attrs['worker_type'], attrs['worker'] != '', attrs['worker'], '') AS worker_type,
  if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) AS error, if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL) AS duration_ms, if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL) AS cost_usd,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != ''
  AND multiIf(attrs['type'] != '', attrs['type'], toString(event_name)) = 'task_failed'
  AND multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') = 'error'
  AND multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], '') = 'development'
  AND (attrs['worker_id'] = 'w-1' OR multiIf(attrs['worker_type'] != '', attrs['worker_type'], attrs['worker'] != '', attrs['worker'], '') = 'w-1')
  AND if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) != ''
  AND (positionCaseInsensitiveUTF8(body, 'time\x27out') > 0 OR arrayExists(value -> positionCaseInsensitiveUTF8(value, 'time\x27out') > 0, mapValues(attrs)))
ORDER BY if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL) ASC, ts ASC, tie ASC
LIMIT toUInt64(50) OFFSET toUInt64(100);

-- number of events
SELECT count() AS events
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != ''
  AND NOT (if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) != '');

-- event of a record
SELECT toUnixTimestamp64Nano(ts) AS time_ns, cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) AS tie, service, body, body_type,
  multiIf(attrs['type'] != '', attrs['type'], toString(event_name)) AS event_type, multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') AS event_level,
  multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], '') AS master_type, multiIf(attrs['worker_type'] != '', attrs['worker_type'], attrs['worker'] != '', attrs['worker'], '') AS worker_type,
  if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) AS error, if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL) AS duration_ms, if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL) AS cost_usd,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
  AND event_name != ''
  AND cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) = toUInt64(7)
LIMIT 1;

-- event with an id
SELECT toUnixTimestamp64Nano(ts) AS time_ns, cityHash64(observed_ts, trace_id, span_id, flags, severity, severity_text, service, body, body_type, event_name, resource_id, scope_id, mapKeys(attrs), mapValues(attrs), attr_types) AS tie, service, body, body_type,
  multiIf(attrs['type'] != '', attrs['type'], toString(event_name)) AS event_type, multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') AS event_level,
  multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], '') AS master_type, multiIf(attrs['worker_type'] != '', attrs['worker_type'], attrs['worker'] != '', attrs['worker'], '') AS worker_type,
  if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) AS error, if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL) AS duration_ms, if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL) AS cost_usd,
  mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != ''
  AND ((indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('id', 'e-1'))) AND attrs['id'] = 'e-1') OR (indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('event_id', 'e-1'))) AND attrs['event_id'] = 'e-1') OR (indexHint(has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('_id', 'e-1'))) AND attrs['_id'] = 'e-1'))
ORDER BY ts DESC
LIMIT 1;

-- figures by level
SELECT multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') AS name, count() AS events, countIf(if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) != '') AS errors,
  avg(if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL)) AS duration, sum(if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL)) AS cost,
  toUnixTimestamp64Nano(max(ts)) AS last_ns
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != ''
  AND multiIf(attrs['level'] != '', attrs['level'], attrs['severity'] != '', attrs['severity'], 'info') != ''
GROUP BY name
ORDER BY events DESC, name
LIMIT toUInt64(1000);

-- figures of all
SELECT count() AS events, countIf(if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) != '') AS errors,
  avg(if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL)) AS duration, sum(if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL)) AS cost,
  toUnixTimestamp64Nano(max(ts)) AS last_ns, uniqExactIf(multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], ''), multiIf(attrs['master_type'] != '', attrs['master_type'], attrs['master'] != '', attrs['master'], '') != '') AS masters
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != '';

-- figures by time
SELECT * FROM (
SELECT toString(intDiv(toUnixTimestamp(ts), toUInt64(86400)) * toUInt64(86400)) AS name, count() AS events, countIf(if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error']) != '') AS errors,
  avg(if(isFinite(toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], ''))), toFloat64OrNull(multiIf(attrs['duration_ms'] != '', attrs['duration_ms'], attrs['duration'] != '', attrs['duration'], '')), NULL)) AS duration, sum(if(isFinite(if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))), if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost'])), NULL)) AS cost,
  toUnixTimestamp64Nano(max(ts)) AS last_ns
FROM `logs`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND event_name != ''
GROUP BY name
ORDER BY toUInt64(name) DESC
LIMIT toUInt64(11000)
)
ORDER BY toUInt64(name)
LIMIT toUInt64(11000);
