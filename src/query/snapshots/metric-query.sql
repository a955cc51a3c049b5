-- shape
SELECT type, temporality, monotonic, unit
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
GROUP BY type, temporality, monotonic, unit
ORDER BY uniqExact(series_id) DESC, type, temporality, monotonic, unit
LIMIT 1;

-- how far points are apart
SELECT medianExactOrNull(seconds) AS apart
FROM (
SELECT (toUnixTimestamp64Nano(max(ts)) - toUnixTimestamp64Nano(min(ts))) / 1e9 / (count() - 1) AS seconds
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
GROUP BY series_id
HAVING count() > 1
LIMIT toUInt64(1000)
)
LIMIT 1;

-- shape of selected series
SELECT type, temporality, monotonic, unit
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND ((attrs['zone'] = 'eu') OR (service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')) OR (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')))
  AND ((attrs['service'] = 'web') OR (service = 'web'))
GROUP BY type, temporality, monotonic, unit
ORDER BY uniqExact(series_id) DESC, type, temporality, monotonic, unit
LIMIT 1;

-- sum of a gauge
SELECT labels, step_ns,
  if(min(all_int) = 1, toString(sum(toInt128(last_int))), toString(sum(last_value))) AS value
FROM (
SELECT series_id, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, argMax(value, ts) AS last_value, argMax(int_value, ts) AS last_int, argMax(is_int, ts) AS all_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
GROUP BY series_id, step_ns
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- avg of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(avg(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- min of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, if(min(is_int) = 1, toString(min(toInt128(int_value))), toString(min(points.value))) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- max of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, if(min(is_int) = 1, toString(max(toInt128(int_value))), toString(max(points.value))) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- count of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(count()) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- last of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, if(argMax(is_int, ts) = 1, toString(argMax(int_value, ts)), toString(argMax(points.value, ts))) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- rate of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns,
  if(min(exact) = 1, toString(sum(int_growth)), toString(sum(growth))) AS value
FROM (
SELECT series_id, ts,
  if(now, value, 0) - if(before, previous_value, 0) AS growth,
  if(now, toInt128(int_value), 0) - if(before, toInt128(previous_int_value), 0) AS int_growth,
  is_int = 1 AND (NOT before OR previous_is_int = 1) AS exact,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (false)) AS before
FROM (
SELECT series_id, ts, start_ts, value, int_value, is_int, lagInFrame(value) OVER previous AS previous_value, lagInFrame(int_value) OVER previous AS previous_int_value, lagInFrame(is_int) OVER previous AS previous_is_int,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- increase of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns,
  if(min(exact) = 1, toString(sum(int_growth)), toString(sum(growth))) AS value
FROM (
SELECT series_id, ts,
  if(now, value, 0) - if(before, previous_value, 0) AS growth,
  if(now, toInt128(int_value), 0) - if(before, toInt128(previous_int_value), 0) AS int_growth,
  is_int = 1 AND (NOT before OR previous_is_int = 1) AS exact,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (false)) AS before
FROM (
SELECT series_id, ts, start_ts, value, int_value, is_int, lagInFrame(value) OVER previous AS previous_value, lagInFrame(int_value) OVER previous AS previous_int_value, lagInFrame(is_int) OVER previous AS previous_is_int,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- p50 of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(quantileExactInclusive(0.5)(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- p90 of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(quantileExactInclusive(0.9)(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- p95 of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(quantileExactInclusive(0.95)(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- p99 of a gauge
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(quantileExactInclusive(0.99)(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- increase of a counter
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns,
  if(min(exact) = 1, toString(sum(int_growth)), toString(sum(growth))) AS value
FROM (
SELECT series_id, ts,
  if(now, value, 0) - if(before, previous_value, 0) AS growth,
  if(now, toInt128(int_value), 0) - if(before, toInt128(previous_int_value), 0) AS int_growth,
  is_int = 1 AND (NOT before OR previous_is_int = 1) AS exact,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (value < previous_value OR start_ts >= previous_ts)) AS before
FROM (
SELECT series_id, ts, start_ts, value, int_value, is_int, lagInFrame(value) OVER previous AS previous_value, lagInFrame(int_value) OVER previous AS previous_int_value, lagInFrame(is_int) OVER previous AS previous_is_int,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'sum'
  AND temporality = 'cumulative'
  AND monotonic = true
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- increase of delta sums
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, if(min(is_int) = 1, toString(sum(toInt128(int_value))), toString(sum(points.value))) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'sum'
  AND temporality = 'delta'
  AND monotonic = true
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- last of a sum that falls too
SELECT labels, step_ns,
  if(min(all_int) = 1, toString(sum(toInt128(last_int))), toString(sum(last_value))) AS value
FROM (
SELECT series_id, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, argMax(value, ts) AS last_value, argMax(int_value, ts) AS last_int, argMax(is_int, ts) AS all_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
GROUP BY series_id, step_ns
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'sum'
  AND temporality = 'cumulative'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- by attributes of series and resources
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(avg(points.value)) AS value
FROM (
SELECT series_id, ts, value, int_value, is_int
FROM `points`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([toString(service), if(mapContains(attrs, 'zone'), attrs['zone'], resource_attrs['zone'])], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND ((attrs['zone'] = 'eu') OR (service IN ('cart', 'web') AND resource_id GLOBAL IN (SELECT resource_id FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')) OR (scope_id GLOBAL IN (SELECT scope_id FROM `scopes`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND attrs['zone'] = 'eu')))
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id) AS own
LEFT JOIN (SELECT resource_id, attrs AS resource_attrs
FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY resource_id) AS resource USING (resource_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- totals of cumulative histograms
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(sum(added_count)) AS count, toString(sum(added_sum)) AS sum
FROM (
SELECT series_id, ts,
  if(now, toInt64(count), 0) - if(before, toInt64(previous_count), 0) AS added_count,
  if(now, ifNull(sum, 0), 0) - if(before, ifNull(previous_sum, 0), 0) AS added_sum,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (count < previous_count OR start_ts >= previous_ts)) AS before
FROM (
SELECT series_id, ts, start_ts, count, sum, lagInFrame(count) OVER previous AS previous_count, lagInFrame(sum) OVER previous AS previous_sum,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'histogram'
  AND temporality = 'cumulative'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- totals of delta histograms
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(sum(added_count)) AS count, toString(sum(added_sum)) AS sum
FROM (
SELECT series_id, ts,
  if(now, toInt64(count), 0) - if(before, toInt64(previous_count), 0) AS added_count,
  if(now, ifNull(sum, 0), 0) - if(before, ifNull(previous_sum, 0), 0) AS added_sum,
  true AS now, false AS before
FROM (
SELECT series_id, ts, start_ts, count, sum, lagInFrame(count) OVER previous AS previous_count, lagInFrame(sum) OVER previous AS previous_sum,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'histogram'
  AND temporality = 'delta'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- greatest value of histograms
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(max(carried)) AS value
FROM (
SELECT series_id, ts, assumeNotNull(max) AS carried
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND isNotNull(max)
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'histogram'
  AND temporality = 'delta'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- quantile of summaries
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(avg(carried)) AS value
FROM (
SELECT series_id, ts, assumeNotNull(if(has(quantiles, 0.9), quantile_values[indexOf(quantiles, 0.9)], NULL)) AS carried
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND isNotNull(if(has(quantiles, 0.9), quantile_values[indexOf(quantiles, 0.9)], NULL))
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'summary'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- explicit buckets, cumulative
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, arraySort(groupUniqArrayArray(bounds)) AS bounds,
  sumMap(keys, counts) AS added, arrayMap(upper -> toString(upper), added.1) AS bucket_uppers, added.2 AS bucket_counts
FROM (
SELECT series_id, ts, bounds,
  arrayConcat(arrayPushBack(bounds, inf), arrayPushBack(previous_bounds, inf)) AS keys,
  arrayConcat(
    arrayMap(c -> if(now, toInt64(c), 0), arrayResize(buckets, length(bounds) + 1)),
    arrayMap(c -> if(before, -toInt64(c), 0), arrayResize(previous_buckets, length(previous_bounds) + 1))
  ) AS counts,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (count < previous_count OR start_ts >= previous_ts)) AS before
FROM (
SELECT series_id, ts, start_ts, count, bounds, buckets, lagInFrame(count) OVER previous AS previous_count, lagInFrame(bounds) OVER previous AS previous_bounds, lagInFrame(buckets) OVER previous AS previous_buckets,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'histogram'
  AND temporality = 'cumulative'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- explicit buckets, delta
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, arraySort(groupUniqArrayArray(bounds)) AS bounds,
  sumMap(keys, counts) AS added, arrayMap(upper -> toString(upper), added.1) AS bucket_uppers, added.2 AS bucket_counts
FROM (
SELECT series_id, ts, bounds,
  arrayConcat(arrayPushBack(bounds, inf), arrayPushBack(previous_bounds, inf)) AS keys,
  arrayConcat(
    arrayMap(c -> if(now, toInt64(c), 0), arrayResize(buckets, length(bounds) + 1)),
    arrayMap(c -> if(before, -toInt64(c), 0), arrayResize(previous_buckets, length(previous_bounds) + 1))
  ) AS counts,
  true AS now, false AS before
FROM (
SELECT series_id, ts, start_ts, count, bounds, buckets, lagInFrame(count) OVER previous AS previous_count, lagInFrame(bounds) OVER previous AS previous_bounds, lagInFrame(buckets) OVER previous AS previous_buckets,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'histogram'
  AND temporality = 'delta'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- scale of exponential histograms
SELECT min(scale) AS scale
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
HAVING count() > 0;

-- exponential buckets, cumulative
SELECT labels, intDiv(toUnixTimestamp64Nano(ts), toInt64('60000000000')) * toInt64('60000000000') AS step_ns, toString(sum(zero_added)) AS zero,
  sumMap(positive_keys, positive_counts) AS positive_added, positive_added.1 AS positive, positive_added.2 AS positive_added_counts,
  sumMap(negative_keys, negative_counts) AS negative_added, negative_added.1 AS negative, negative_added.2 AS negative_added_counts
FROM (
SELECT series_id, ts,
  if(now, toInt64(zero_count), 0) - if(before, toInt64(previous_zero_count), 0) AS zero_added,
  arrayConcat(arrayMap(i -> toInt32(floor((positive_offset + i - 1) / exp2(scale - toInt64('-2')))), arrayEnumerate(positive_buckets)), arrayMap(i -> toInt32(floor((previous_positive_offset + i - 1) / exp2(previous_scale - toInt64('-2')))), arrayEnumerate(previous_positive_buckets))) AS positive_keys,
  arrayConcat(arrayMap(c -> if(now, toInt64(c), 0), positive_buckets), arrayMap(c -> if(before, -toInt64(c), 0), previous_positive_buckets)) AS positive_counts,
  arrayConcat(arrayMap(i -> toInt32(floor((negative_offset + i - 1) / exp2(scale - toInt64('-2')))), arrayEnumerate(negative_buckets)), arrayMap(i -> toInt32(floor((previous_negative_offset + i - 1) / exp2(previous_scale - toInt64('-2')))), arrayEnumerate(previous_negative_buckets))) AS negative_keys,
  arrayConcat(arrayMap(c -> if(now, toInt64(c), 0), negative_buckets), arrayMap(c -> if(before, -toInt64(c), 0), previous_negative_buckets)) AS negative_counts,
  (place > 1 OR start_ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')) AS now, (place > 1 AND NOT (count < previous_count OR start_ts >= previous_ts)) AS before
FROM (
SELECT series_id, ts, start_ts, count, scale, zero_count, positive_offset, positive_buckets, negative_offset, negative_buckets, lagInFrame(count) OVER previous AS previous_count, lagInFrame(scale) OVER previous AS previous_scale, lagInFrame(zero_count) OVER previous AS previous_zero_count, lagInFrame(positive_offset) OVER previous AS previous_positive_offset, lagInFrame(positive_buckets) OVER previous AS previous_positive_buckets, lagInFrame(negative_offset) OVER previous AS previous_negative_offset, lagInFrame(negative_buckets) OVER previous AS previous_negative_buckets,
  lagInFrame(ts) OVER previous AS previous_ts, row_number() OVER previous AS place
FROM `histograms`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1789999740000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
WINDOW previous AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
WHERE ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC')
) AS points
INNER JOIN (
SELECT series_id, CAST([], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'exponential_histogram'
  AND temporality = 'cumulative'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id)
) AS series USING (series_id)
GROUP BY labels, step_ns
ORDER BY labels, step_ns
LIMIT toUInt64(150001);

-- exemplars
SELECT labels, toUnixTimestamp64Nano(ts) AS time_ns,
  if(is_int = 1, toString(int_value), toString(value)) AS value_text,
  lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM (
SELECT series_id, ts, value, int_value, is_int, trace_id, span_id, attrs, attr_types
FROM `exemplars`
WHERE org = 'acme'
  AND metric = 'requests'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
) AS exemplars
INNER JOIN (
SELECT series_id, CAST([if(mapContains(attrs, 'zone'), attrs['zone'], resource_attrs['zone'])], 'Array(String)') AS labels
FROM (SELECT series_id, service, resource_id, attrs
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND type = 'gauge'
  AND temporality = 'unspecified'
  AND monotonic = false
  AND unit = '1'
LIMIT 1 BY series_id) AS own
LEFT JOIN (SELECT resource_id, attrs AS resource_attrs
FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY resource_id) AS resource USING (resource_id)
) AS series USING (series_id)
ORDER BY labels, ts DESC, trace, span
LIMIT toUInt64(20) BY labels
LIMIT toUInt64(500);
