-- services by the minute
SELECT service,
  groupArray(stepped.step) AS steps,
  groupArray(stepped.requests) AS requests,
  groupArray(stepped.errors) AS errors,
  groupArray(stepped.quantiles) AS quantiles
FROM (
SELECT service, step, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, intDiv(toUInt32(minute), toUInt64(60)) AS step, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003639, 'UTC')
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003639, 'UTC')
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
) AS kpis
GROUP BY service, step
) AS stepped
GROUP BY service
ORDER BY arraySum(requests) DESC, service
LIMIT toUInt64(1001);

-- one service by the hour
SELECT service,
  groupArray(stepped.step) AS steps,
  groupArray(stepped.requests) AS requests,
  groupArray(stepped.errors) AS errors,
  groupArray(stepped.quantiles) AS quantiles
FROM (
SELECT service, step, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, intDiv(toUInt32(hour), toUInt64(7200)) AS step, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790085599, 'UTC')
  AND service = 'web'
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790085599, 'UTC')
  AND service = 'web'
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
) AS kpis
GROUP BY service, step
) AS stepped
GROUP BY service
ORDER BY arraySum(requests) DESC, service
LIMIT toUInt64(1001);

-- operations by the minute
SELECT service, operation, kind,
  groupArray(stepped.step) AS steps,
  groupArray(stepped.requests) AS requests,
  groupArray(stepped.errors) AS errors,
  groupArray(stepped.quantiles) AS quantiles
FROM (
SELECT service, operation, kind, step, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, operation, kind, intDiv(toUInt32(minute), toUInt64(60)) AS step, requests, errors, duration_sum_ns, duration_quantiles
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003639, 'UTC')
  AND service = 'web'
) AS kpis
GROUP BY service, operation, kind, step
) AS stepped
GROUP BY service, operation, kind
ORDER BY arraySum(requests) DESC, service, operation, kind
LIMIT toUInt64(1001);

-- one operation by the hour
SELECT service, operation, kind,
  groupArray(stepped.step) AS steps,
  groupArray(stepped.requests) AS requests,
  groupArray(stepped.errors) AS errors,
  groupArray(stepped.quantiles) AS quantiles
FROM (
SELECT service, operation, kind, step, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, operation, kind, intDiv(toUInt32(hour), toUInt64(7200)) AS step, requests, errors, duration_sum_ns, duration_quantiles
FROM `span_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1789999200, 'UTC') AND hour <= toDateTime(1790085599, 'UTC')
  AND service = 'web'
  AND operation = 'GET /'
) AS kpis
GROUP BY service, operation, kind, step
) AS stepped
GROUP BY service, operation, kind
ORDER BY arraySum(requests) DESC, service, operation, kind
LIMIT toUInt64(1001);
