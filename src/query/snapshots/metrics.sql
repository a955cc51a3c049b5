-- all metrics
SELECT metric, type, unit, argMax(series.description, day) AS description, temporality, monotonic,
  arraySort(groupUniqArrayArray(mapKeys(attrs))) AS attributes,
  uniqExact(series_id) AS series,
  arraySlice(arraySort(groupUniqArray(toString(service))), 1, toInt64('50')) AS services
FROM `series`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
GROUP BY metric, type, unit, temporality, monotonic
ORDER BY metric, type, unit, temporality, monotonic
LIMIT toUInt64(2001);

-- metrics by a search
SELECT metric, type, unit, argMax(series.description, day) AS description, temporality, monotonic,
  arraySort(groupUniqArrayArray(mapKeys(attrs))) AS attributes,
  uniqExact(series_id) AS series,
  arraySlice(arraySort(groupUniqArray(toString(service))), 1, toInt64('50')) AS services
FROM `series`
WHERE org = 'acme'
  AND day >= toDate(20717) AND day <= toDate(20717)
  AND (positionCaseInsensitiveUTF8(metric, 'req') > 0 OR positionCaseInsensitiveUTF8(series.description, 'req') > 0)
GROUP BY metric, type, unit, temporality, monotonic
ORDER BY metric, type, unit, temporality, monotonic
LIMIT toUInt64(2001);
