-- spans of a range
SELECT sum(spans) AS spans
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
LIMIT 1;

-- spans of a day
SELECT sum(spans) AS spans
FROM `span_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790086440, 'UTC')
LIMIT 1;

-- heatmap
SELECT
  toUInt32(intDiv(toUnixTimestamp64Nano(ts) - toInt64('1790000040000000000'), toInt64('30000000000'))) AS column,
  toUInt32(least(greatest(floor(log2(greatest(toFloat64(duration_ns), 1.)) * toFloat64('4')), toFloat64('40')), toFloat64('168'))) AS step,
  sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND parent_span_id = toFixedString('', 8)
GROUP BY column, step
LIMIT toUInt64(25800);

-- heatmap of a part of a day
SELECT
  toUInt32(intDiv(toUnixTimestamp64Nano(ts) - toInt64('1790000040000000000'), toInt64('720000000000'))) AS column,
  toUInt32(least(greatest(floor(log2(greatest(toFloat64(duration_ns), 1.)) * toFloat64('4')), toFloat64('40')), toFloat64('168'))) AS step,
  sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790086440000000000'), 'UTC') AND toStartOfFiveMinutes(ts) IN (toDateTime(1790001300, 'UTC'), toDateTime(1790004600, 'UTC'), toDateTime(1790007900, 'UTC'), toDateTime(1790011200, 'UTC'), toDateTime(1790014500, 'UTC'), toDateTime(1790017800, 'UTC'), toDateTime(1790021100, 'UTC'), toDateTime(1790024400, 'UTC'), toDateTime(1790027700, 'UTC'), toDateTime(1790031000, 'UTC'), toDateTime(1790034300, 'UTC'), toDateTime(1790037600, 'UTC'), toDateTime(1790040900, 'UTC'), toDateTime(1790044200, 'UTC'), toDateTime(1790047500, 'UTC'), toDateTime(1790050800, 'UTC'), toDateTime(1790054100, 'UTC'), toDateTime(1790057400, 'UTC'), toDateTime(1790060700, 'UTC'), toDateTime(1790064000, 'UTC'), toDateTime(1790067300, 'UTC'), toDateTime(1790070600, 'UTC'), toDateTime(1790073900, 'UTC'), toDateTime(1790077200, 'UTC'), toDateTime(1790080500, 'UTC'), toDateTime(1790083800, 'UTC'))
GROUP BY column, step
LIMIT toUInt64(25800);

-- facets of fields
SELECT indexOf([grouping(v0), grouping(v1), grouping(v2), grouping(v3)], 0) AS facet, [v0, v1, v2, v3][facet] AS value,
  sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors
FROM (
SELECT toString(service) AS v0, toString(name) AS v1, toString(status) AS v2, toString(kind) AS v3, weight, status
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND parent_span_id = toFixedString('', 8)
)
GROUP BY GROUPING SETS ((v0), (v1), (v2), (v3))
ORDER BY facet, count DESC, value
LIMIT toUInt64(21) BY facet;

-- facets of attributes
SELECT indexOf([grouping(v0), grouping(v1)], 0) AS facet, [v0, v1][facet] AS value,
  sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors
FROM (
SELECT if(mapContains(attrs, 'zone'), attrs['zone'], held.r0) AS v0, if(mapContains(attrs, 'user.id'), attrs['user.id'], held.r1) AS v1, weight, status
FROM (
SELECT attrs, resource_id, weight, status
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND parent_span_id = toFixedString('', 8)
) AS found
GLOBAL ANY LEFT JOIN (
SELECT resource_id AS held_id, attrs['zone'] AS r0, attrs['user.id'] AS r1
FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY resource_id
) AS held ON found.resource_id = held.held_id
)
GROUP BY GROUPING SETS ((v0), (v1))
ORDER BY facet, count DESC, value
LIMIT toUInt64(21) BY facet;

-- groups by a field
SELECT v0 AS value, sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors,
  quantilesBFloat16Weighted(0.5, 0.95, 0.99)(toFloat64(duration_ns), toUInt64(round(weight * 16))) AS quantiles
FROM (
SELECT toString(name) AS v0, weight, status, duration_ns
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND parent_span_id = toFixedString('', 8)
)
GROUP BY value
ORDER BY count DESC, value
LIMIT toUInt64(200);

-- groups by an attribute
SELECT v0 AS value, sum(toFloat64(weight)) AS count, sumIf(toFloat64(weight), status = 'error') AS errors,
  quantilesBFloat16Weighted(0.5, 0.95, 0.99)(toFloat64(duration_ns), toUInt64(round(weight * 16))) AS quantiles
FROM (
SELECT if(mapContains(attrs, 'zone'), attrs['zone'], held.r0) AS v0, weight, status, duration_ns
FROM (
SELECT attrs, resource_id, weight, status, duration_ns
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND parent_span_id = toFixedString('', 8)
) AS found
GLOBAL ANY LEFT JOIN (
SELECT resource_id AS held_id, attrs['zone'] AS r0
FROM `resources`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1 BY resource_id
) AS held ON found.resource_id = held.held_id
)
GROUP BY value
ORDER BY count DESC, value
LIMIT toUInt64(200);
