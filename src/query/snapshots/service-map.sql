-- all calls
SELECT source, target,
  sum(service_edges_1m.requests) AS requests,
  sum(service_edges_1m.errors) AS errors,
  quantileExactWeighted(0.95)(bucket, toUInt64(round(service_edges_1m.requests * 16))) AS p95_bucket
FROM `service_edges_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
GROUP BY source, target
ORDER BY requests DESC, source, target
LIMIT toUInt64(5000);

-- calls of one service
SELECT source, target,
  sum(service_edges_1m.requests) AS requests,
  sum(service_edges_1m.errors) AS errors,
  quantileExactWeighted(0.95)(bucket, toUInt64(round(service_edges_1m.requests * 16))) AS p95_bucket
FROM `service_edges_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND (source = 'web' OR target = 'web')
GROUP BY source, target
ORDER BY requests DESC, source, target
LIMIT toUInt64(5000);
