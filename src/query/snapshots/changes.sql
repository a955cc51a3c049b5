-- new operations
SELECT service,
  toUInt32(count()) AS operations,
  sum(found.now_spans) AS spans,
  arrayMap(one -> one.2, arraySlice(arrayReverseSort(groupArray((found.now_spans, operation))), 1, toUInt64(3))) AS examples
FROM (
SELECT service, operation, sumIf(requests, minute >= toDateTime(1790001840, 'UTC')) AS now_spans, sumIf(requests, NOT (minute >= toDateTime(1790001840, 'UTC'))) AS earlier_spans
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
GROUP BY service, operation
HAVING earlier_spans = 0 AND now_spans >= toFloat64('20')
) AS found
GROUP BY service
ORDER BY spans DESC, service
LIMIT toUInt64(20);

-- new operations of a day
SELECT service,
  toUInt32(count()) AS operations,
  sum(found.now_spans) AS spans,
  arrayMap(one -> one.2, arraySlice(arrayReverseSort(groupArray((found.now_spans, operation))), 1, toUInt64(3))) AS examples
FROM (
SELECT service, operation, sumIf(requests, hour >= toDateTime(1790042400, 'UTC')) AS now_spans, sumIf(requests, NOT (hour >= toDateTime(1790042400, 'UTC'))) AS earlier_spans
FROM `span_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790086440, 'UTC')
GROUP BY service, operation
HAVING earlier_spans = 0 AND now_spans >= toFloat64('20')
) AS found
GROUP BY service
ORDER BY spans DESC, service
LIMIT toUInt64(20);
