-- totals of all metrics
SELECT uniq(series_id) AS series, uniq(metric) AS metrics
FROM `series`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
LIMIT 1;

-- metrics of all metrics
SELECT metric AS name, uniq(series_id) AS series, uniq(service) AS services, uniq(resource_id) AS resources
FROM `series`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
GROUP BY metric
ORDER BY series DESC, metric
LIMIT toUInt64(200);

-- labels of all metrics
SELECT key, uniq(value) AS value_count, uniq(metric) AS metrics, uniq(series_id) AS series
FROM (
SELECT metric, series_id, attrs
FROM `series`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
)
ARRAY JOIN mapKeys(attrs) AS key, mapValues(attrs) AS value
GROUP BY key
ORDER BY value_count DESC, key
LIMIT toUInt64(200);

-- totals of one metric
SELECT uniq(series_id) AS series, uniq(service) AS services, uniq(resource_id) AS resources,
  uniq(cityHash64(scope_id, labels_hash)) AS without_resources
FROM (
SELECT series_id, service, resource_id, scope_id, attrs,
  arraySum(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs))) AS labels_hash
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
)
LIMIT 1;

-- labels of one metric
SELECT key, uniq(value) AS value_count, uniq(series_id) AS series,
  uniq(cityHash64(resource_id, scope_id, labels_hash - cityHash64(key, value))) AS series_without,
  topK(10)(value) AS top_values
FROM (
SELECT series_id, service, resource_id, scope_id, attrs,
  arraySum(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs))) AS labels_hash
FROM `series`
WHERE org = 'acme'
  AND metric = 'requests'
  AND day >= toDate(20717) AND day <= toDate(20717)
)
ARRAY JOIN mapKeys(attrs) AS key, mapValues(attrs) AS value
GROUP BY key
ORDER BY value_count DESC, key
LIMIT toUInt64(200);
