-- spans
SELECT toUnixTimestamp64Nano(ts) AS start_ns, lower(hex(span_id)) AS span, kind, name, toString(duration_ns) AS duration,
  lower(hex(parent_span_id)) AS parent,
  service, status, status_message, trace_state,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  length(`events.ts`) AS events, length(`links.trace_id`) AS links,
  dropped_attrs, dropped_events, dropped_links
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001);

-- attributes
SELECT toUnixTimestamp64Nano(ts) AS start_ns, lower(hex(span_id)) AS span, kind, name, mapKeys(attrs) AS keys, mapValues(attrs) AS vals, attr_types AS types
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001);

-- details
SELECT toUnixTimestamp64Nano(ts) AS start_ns, lower(hex(span_id)) AS span, kind, name,
  arrayMap(t -> toUnixTimestamp64Nano(t), `events.ts`) AS event_ns,
  `events.name` AS event_names,
  arrayMap(a -> mapKeys(a), `events.attrs`) AS event_keys,
  arrayMap(a -> mapValues(a), `events.attrs`) AS event_vals,
  `events.attr_types` AS event_types,
  arrayMap(id -> lower(hex(id)), `links.trace_id`) AS link_traces,
  arrayMap(id -> lower(hex(id)), `links.span_id`) AS link_spans,
  `links.trace_state` AS link_states,
  arrayMap(a -> mapKeys(a), `links.attrs`) AS link_keys,
  arrayMap(a -> mapValues(a), `links.attrs`) AS link_vals,
  `links.attr_types` AS link_types
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND (notEmpty(`events.ts`) OR notEmpty(`links.trace_id`))
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001);

-- one span
SELECT toUnixTimestamp64Nano(ts) AS start_ns, lower(hex(span_id)) AS span, kind, name, toString(duration_ns) AS duration,
  lower(hex(parent_span_id)) AS parent,
  service, status, status_message, trace_state,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  length(`events.ts`) AS events, length(`links.trace_id`) AS links,
  dropped_attrs, dropped_events, dropped_links
FROM `spans`
WHERE org = 'acme'
  AND trace_id = toFixedString(unhex('0123456789abcdef0123456789abcdef'), 16)
  AND ts >= fromUnixTimestamp64Nano(toInt64('1790000040000000000'), 'UTC') AND ts <= fromUnixTimestamp64Nano(toInt64('1790003640000000000'), 'UTC')
  AND span_id = toFixedString(unhex('0123456789abcdef'), 8)
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT toUInt64(100001);
