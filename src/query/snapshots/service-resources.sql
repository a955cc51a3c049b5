-- resources of a service
SELECT toString(resource_id) AS id,
  any(mapKeys(attrs)) AS keys, any(mapValues(attrs)) AS vals, any(attr_types) AS types,
  toString(min(day)) AS first_day, toString(max(day)) AS last_day
FROM `resources`
WHERE org = 'acme'
  AND service = 'web'
  AND day >= toDate(20717) AND day <= toDate(20717)
GROUP BY resource_id
ORDER BY last_day DESC, first_day DESC, id
LIMIT toUInt64(201);

-- spans of its resources
SELECT toString(resource_id) AS id, count() AS spans,
  toUnixTimestamp64Nano(min(ts)) AS first_ns, toUnixTimestamp64Nano(max(ts)) AS last_ns
FROM `spans`
WHERE org = 'acme'
  AND service = 'web'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
GROUP BY resource_id
ORDER BY spans DESC, id
LIMIT toUInt64(1000);
