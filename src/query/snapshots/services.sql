-- services
SELECT service, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
) AS kpis
GROUP BY service
ORDER BY requests DESC, service
LIMIT toUInt64(1000);

-- operations of a service
SELECT operation, kind, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT operation, kind, requests, errors, duration_sum_ns, duration_quantiles
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND service = 'web'
) AS kpis
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT toUInt64(1000);

-- services of a day
SELECT service, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790086440, 'UTC') AND (minute < toDateTime(1790002800, 'UTC') OR minute >= toDateTime(1790085600, 'UTC'))
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790086440, 'UTC') AND (minute < toDateTime(1790002800, 'UTC') OR minute >= toDateTime(1790085600, 'UTC'))
UNION ALL
SELECT service, entry
FROM `service_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1790002800, 'UTC') AND hour < toDateTime(1790085600, 'UTC')
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
UNION ALL
SELECT service, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1790002800, 'UTC') AND hour < toDateTime(1790085600, 'UTC')
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790086440, 'UTC') AND (minute < toDateTime(1790002800, 'UTC') OR minute >= toDateTime(1790085600, 'UTC'))
UNION ALL
SELECT service, entry
FROM `service_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1790002800, 'UTC') AND hour < toDateTime(1790085600, 'UTC')
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
) AS kpis
GROUP BY service
ORDER BY requests DESC, service
LIMIT toUInt64(1000);

-- operations of a service of a day
SELECT operation, kind, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT operation, kind, requests, errors, duration_sum_ns, duration_quantiles
FROM `span_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790086440, 'UTC') AND (minute < toDateTime(1790002800, 'UTC') OR minute >= toDateTime(1790085600, 'UTC'))
  AND service = 'web'
UNION ALL
SELECT operation, kind, requests, errors, duration_sum_ns, duration_quantiles
FROM `span_kpis_1h`
WHERE org = 'acme'
  AND hour >= toDateTime(1790002800, 'UTC') AND hour < toDateTime(1790085600, 'UTC')
  AND service = 'web'
) AS kpis
GROUP BY operation, kind
ORDER BY requests DESC, operation, kind
LIMIT toUInt64(1000);

-- one service
SELECT service, sum(kpis.requests) AS requests,
  sum(kpis.errors) AS errors,
  sum(kpis.duration_sum_ns) AS duration_sum_ns,
  quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(kpis.duration_quantiles) AS quantiles
FROM (
SELECT service, requests, errors, duration_sum_ns, duration_quantiles
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND service = 'web'
  AND (entry OR (NOT entry AND service GLOBAL IN (SELECT service
FROM (
SELECT service, entry
FROM `service_kpis_1m`
WHERE org = 'acme'
  AND minute >= toDateTime(1790000040, 'UTC') AND minute <= toDateTime(1790003640, 'UTC')
  AND service = 'web'
) AS kpis
GROUP BY service
HAVING NOT max(kpis.entry))))
) AS kpis
GROUP BY service
ORDER BY requests DESC, service
LIMIT toUInt64(1000);
