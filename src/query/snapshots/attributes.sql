-- keys
SELECT key, level, sum(attribute_catalogue.rows) AS count
FROM `attribute_catalogue`
WHERE org = 'acme'
  AND signal = 'traces'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790003640, 'UTC')
  AND value = ''
GROUP BY key, level
ORDER BY count DESC, key, level
LIMIT toUInt64(1000);

-- values of a key
SELECT key, level, value, sum(attribute_catalogue.rows) AS count
FROM `attribute_catalogue`
WHERE org = 'acme'
  AND signal = 'logs'
  AND key = 'http.route'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790003640, 'UTC')
  AND value != ''
GROUP BY key, level, value
ORDER BY count DESC, value, level
LIMIT toUInt64(1000);
