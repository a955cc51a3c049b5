-- services
SELECT service,
  sumIf(service_kpis_1m.requests, entry) AS entries,
  if(entries > 0, entries, sum(service_kpis_1m.requests)) AS requests,
  if(entries > 0, sumIf(service_kpis_1m.errors, entry), sum(service_kpis_1m.errors)) AS errors,
  if(entries > 0, sumIf(service_kpis_1m.duration_sum_ns, entry), sum(service_kpis_1m.duration_sum_ns)) AS duration_sum_ns,
  if(entries > 0, quantilesBFloat16WeightedMergeIf(0.5, 0.95, 0.99)(duration_quantiles, entry), quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(duration_quantiles)) AS quantiles
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
GROUP BY service
ORDER BY requests DESC, service
LIMIT toUInt64(1000);

-- operations of a service
SELECT operation, kind,
  sum(span_kpis_1m.requests) AS requests,
  sum(span_kpis_1m.errors) AS errors,
  sum(span_kpis_1m.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(duration_quantiles) AS quantiles
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND service = 'web'
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT toUInt64(1000);
