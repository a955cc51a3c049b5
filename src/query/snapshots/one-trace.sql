-- outline
SELECT groupArray(service) AS services, groupArray(name) AS names,
  arrayStringConcat(groupArray(span)) AS spans, arrayStringConcat(groupArray(parent)) AS parents,
  groupArray(kind) AS kinds, groupArray(status) AS statuses,
  groupArray(start) AS starts, groupArray(duration) AS durations
FROM (
SELECT lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  service, name, toInt8(kind) AS kind, toInt8(status) AS status,
  toFloat64(toUnixTimestamp64Nano(ts) - toInt64('1790000040000000000')) AS start, toFloat64(duration_ns) AS duration
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001)
);

-- moments
SELECT lower(hex(span_id)) AS span, toInt8(kind) AS kind, toFloat64(toUnixTimestamp64Nano(ts) - toInt64('1790000040000000000')) AS start,
  arrayMap(t -> toFloat64(toUnixTimestamp64Nano(t) - toInt64('1790000040000000000')), `events.ts`) AS event_starts,
  `events.name` AS event_names,
  arrayMap(id -> lower(hex(id)), `links.trace_id`) AS link_traces,
  arrayMap(id -> lower(hex(id)), `links.span_id`) AS link_spans
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND (notEmpty(`events.ts`) OR notEmpty(`links.trace_id`))
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001);

-- spans that link to it
SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  service, name, status, toUnixTimestamp64Nano(ts) AS start_ns, toString(duration_ns) AS duration,
  arrayMap(place -> lower(hex(`links.span_id`[place])), arrayFilter(place -> `links.trace_id`[place] = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16), arrayEnumerate(`links.trace_id`))) AS linked
FROM `spans`
WHERE org = 'acme'
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND has(`links.trace_id`, toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND trace_id != toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
ORDER BY ts
LIMIT toUInt64(201);

-- its own links
SELECT lower(hex(span_id)) AS span,
  arrayMap(id -> lower(hex(id)), `links.trace_id`) AS link_traces,
  arrayMap(id -> lower(hex(id)), `links.span_id`) AS link_spans
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND arrayExists(linked -> linked != toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16), `links.trace_id`)
ORDER BY ts
LIMIT toUInt64(201);

-- spans by id
SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  service, name, status, toUnixTimestamp64Nano(ts) AS start_ns, toString(duration_ns) AS duration
FROM `spans`
WHERE org = 'acme'
  AND trace_id IN (toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16))
  AND ((ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790000041000000000'), 'UTC')))
  AND span_id IN (toFixedString(unhex('0123456789abcdef'), 8))
ORDER BY ts
LIMIT toUInt64(400);

-- spans with a text
SELECT lower(hex(span_id)) AS span
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND ((positionCaseInsensitiveUTF8(status_message, 'it\x27s') > 0) OR (arrayExists(v -> positionCaseInsensitiveUTF8(v, 'it\x27s') > 0, mapValues(attrs))) OR (arrayExists(k -> positionCaseInsensitiveUTF8(k, 'it\x27s') > 0, mapKeys(attrs))) OR (arrayExists(n -> positionCaseInsensitiveUTF8(n, 'it\x27s') > 0, `events.name`)) OR (arrayExists(m -> arrayExists(v -> positionCaseInsensitiveUTF8(v, 'it\x27s') > 0, mapValues(m)), `events.attrs`)))
ORDER BY ts
LIMIT toUInt64(10001);
