/** Every bound of Sightglass, by name. A queue, cache, page, retry or label set without one here is a fault. */
const KiB = 1024;
const MiB = 1024 * KiB;

/** What one request may bring, judged on the decompressed stream. */
export const REQUEST_LIMITS = {
  /** Bytes of a body as sent. */
  compressedBytesMax: 16 * MiB,
  /** Bytes of a body after decompression. */
  bodyBytesMax: 20 * MiB,
  /** Decompressed bytes per compressed byte, above a floor of 1 MiB. */
  inflationRatioMax: 200,
  headerBytesMax: 16 * KiB,
  headersMsMax: 10_000,
  bodyIdleMsMax: 15_000,
  /** Nesting of JSON and of array and kvlist attribute values. */
  depthMax: 64,
  /** Records (spans, log records, points) of one request; those after are rejected. */
  rowsMax: 200_000,
  /** Groups of one resource and scope in one request. */
  groupsMax: 50_000,
  /** Bytes of all request bodies being read or decoded at once; above it 503. */
  inFlightBytesMax: 128 * MiB,
} as const;

/** What one row may carry; what is over is dropped or truncated, and counted in the row's dropped counts. */
export const ROW_LIMITS = {
  attributesMax: 128,
  attributeKeyBytesMax: 512,
  attributeValueBytesMax: 32 * KiB,
  nameBytesMax: 1 * KiB,
  bodyBytesMax: 256 * KiB,
  eventsMax: 256,
  linksMax: 256,
  exemplarsMax: 64,
  /** Of a histogram, and quantiles of a summary. A point with more is refused: cut, it would say something else. */
  bucketsMax: 4_096,
  statusMessageBytesMax: 4 * KiB,
  traceStateBytesMax: 4 * KiB,
  /** Of a metric. */
  descriptionBytesMax: 4 * KiB,
  /** How far in the future a row's time may lie. */
  futureMsMax: 10 * 60_000,
} as const;

/** What the decoders remember of earlier requests; a cache that is full starts anew. */
export const DECODER_LIMITS = {
  /** Resources, and scopes, by the bytes that they arrived as. */
  groupsRememberedMax: 10_000,
  groupBytesRememberedMax: 32 * MiB,
  /** A resource or scope of more bytes is decoded each time. */
  groupBytesMax: 64 * KiB,
  /** Bytes, by estimate, of all remembered series. */
  seriesBytesRememberedMax: 128 * MiB,
} as const;

/** Empty batches that are kept for use again, of each signal; one that was larger gives its memory back. */
export const POOL_LIMITS = {
  batchesMax: 32,
  rowsMax: 16_384,
} as const;

/** Group commit: requests are encoded and synced together. */
export const GROUP_LIMITS = {
  rowsMax: 16_384,
  bytesMax: 16 * MiB,
  waitMsMax: 12,
} as const;

export const JOURNAL_LIMITS = {
  segmentBytesMax: 64 * MiB,
  recordBytesMax: 64 * MiB,
  /** Journal bytes not yet stored at which senders get 503. */
  storeBacklogBytesMax: 4 * 1024 * MiB,
  /** Bytes of the newest records kept in memory for destinations in step. */
  memoryBytesMax: 48 * MiB,
  /** Bytes waiting for, or in, the write in flight; above it senders get 503. */
  appendQueueBytesMax: 64 * MiB,
  /** Bytes read at once by a consumer that is behind. */
  readAheadBytesMax: 2 * MiB,
  /** Failed reads of one place in a row, after which the rest of its segment is given up. */
  readAttemptsMax: 5,
  /** Bytes between two remembered places of a segment, which are where reads and drops can start. */
  markEveryBytes: 256 * KiB,
  /** Space left free on the journal's disk, so that the store can still drain it; at most a tenth of the disk. */
  freeBytesMin: 256 * MiB,
  /** How long, and for how many written bytes, a look at the free space is believed. */
  freeBytesCheckMs: 1_000,
  freeBytesCheckBytes: 4 * MiB,
  /** Quarantined files kept for inspection; the oldest go first. */
  damagedFilesMax: 16,
  /** Freed segments kept to be written over, and the bytes from which on it is worth it. */
  sparesMax: 2,
  spareBytesMin: 48 * MiB,
  /** What a refused sender is told to wait. */
  retryAfterSeconds: 5,
} as const;

export const QUERY_LIMITS = {
  /** Of a request to the API. */
  bodyBytesMax: 1 * MiB,
  limitDefault: 50,
  limitMax: 1_000,
  executionSecondsMax: 15,
  rangeDefaultMs: 3_600_000,
  spansPerTraceMax: 100_000,
  /** Events up to which pages with numbers go, and how far back lists of events look by themselves. */
  eventsPagedMax: 100_000,
  eventsRangeMs: 30 * 86_400_000,
  /** Of a trace's outline: moments within spans, and links. */
  outlineEventsMax: 20_000,
  outlineLinksMax: 2_000,
  /** Links into a trace, and out of it, that are looked up; and how long after its start links are looked for. */
  linkedSpansMax: 200,
  linkedWithinMs: 86_400_000,
  /** Spans that a search within a trace gives, and the length of its text. */
  traceMatchesMax: 10_000,
  traceMatchCharactersMax: 256,
  attributeFiltersMax: 16,
  /** Traces that a search looks at to put one page in order. */
  tracesScannedMax: 50_000,
  /** How often a page of the slowest traces looks at more spans, until it is full. */
  slowestLooksMax: 20,
  /** Services, operations of one, attribute keys, or values of one, in an answer. */
  namesMax: 1_000,
  edgesMax: 5_000,
  /** Points of a line of a service's figures, and how many where a question names none. */
  servicePointsMax: 240,
  servicePointsDefault: 60,
  /** Services on one map, how many where a question names none, and the calls between them. */
  mapServicesMax: 1_000,
  mapServicesDefault: 300,
  mapCallsMax: 2_000,
  /** Calls from the service in focus to the farthest one shown. */
  mapDepthMax: 5,
  /** Resources of a service in an answer, and how far back from its end their spans are looked at. */
  resourcesMax: 200,
  resourceSpansMsMax: 86_400_000,
  metricsMax: 2_000,
  groupByMax: 8,
  seriesMax: 500,
  pointsPerSeriesMax: 11_000,
  /** Points of all lines of one metric query. */
  pointsMax: 150_000,
  /** Points where a metric query names no step. */
  pointsDefault: 240,
  /** Columns of a screen that lines are thinned out for, and where a query names none. */
  pixelsMax: 4_000,
  pixelsDefault: 1_000,
  /** Metrics, and labels, that an answer about cardinality has. */
  cardinalityMax: 200,
  /** Services that the summary of a metric names. */
  servicesPerMetricMax: 50,
  exemplarsPerLineMax: 20,
  exemplarsMax: 500,
  queryStringBytesMax: 16 * KiB,
  concurrentMax: 4,
  waitingMax: 64,
  /** Resources, and scopes, that are remembered between queries. */
  rememberedHoldersMax: 8_192,
  rememberedHolderBytesMax: 64 * KiB,
  rememberedHoldersBytesMax: 8 * MiB,
  /** Kinds of trace search of which it is remembered how far they had to look. */
  searchPacesMax: 1_024,
} as const;

/** A search as it is written, and what is answered while it is. */
export const SEARCH_LIMITS = {
  charactersMax: 4_096,
  /** Words, phrases and values of one search. */
  termsMax: 64,
  /** Of parentheses within each other. */
  depthMax: 16,
  /** Fields, or values of one, that are offered at once. */
  completionsMax: 40,
} as const;

/** Log records beside and around those of a list. */
export const LOG_LIMITS = {
  /** Steps of a histogram of log records. */
  histogramStepsMax: 1_000,
  histogramStepsDefault: 120,
  /** Of the newest matching records, as many are looked at for the values of their attributes. */
  facetSampleRowsMax: 20_000,
  facetKeysMax: 24,
  facetValuesMax: 12,
  /** A longer value is not offered as one to choose. */
  facetValueBytesMax: 200,
  /** Resources whose records are counted. */
  facetResourcesMax: 500,
  /** Records before, and after, the one whose surroundings are asked for. */
  contextRowsMax: 200,
  contextRowsDefault: 50,
  /** How far from it they may lie. */
  contextMsMax: 6 * 3_600_000,
} as const;

/** A formula over the lines of metric queries. */
export const FORMULA_LIMITS = {
  charactersMax: 1_000,
  depthMax: 32,
  /** Values that are computed for one formula, of all its parts, lines and steps. */
  valuesMax: 5_000_000,
} as const;

/** What the Traces page asks of many spans at once. */
export const TRACE_VIEW_LIMITS = {
  /** Spans that one question looks at; a range with more is looked at in evenly spread stretches. */
  spansScannedMax: 4_000_000,
  /** The same for questions that read attributes, which cost ten times as much. */
  spansWithAttributesScannedMax: 400_000,
  heatmapColumnsMax: 200,
  heatmapRowsMax: 60,
  facetKeysMax: 8,
  facetValuesMax: 20,
  groupsMax: 200,
} as const;

/** What is compared to tell how a selection of traces differs. */
export const DIFFERENCE_LIMITS = {
  /** Traces of each side, and spans of those. */
  tracesMax: 300,
  spansMax: 10_000,
  /** Lines of the logs of all these traces, and of one. */
  logsMax: 20_000,
  logsPerTraceMax: 200,
  /** Different log lines, calls, attributes of services, and values of one attribute. */
  logTextsMax: 4_000,
  edgesMax: 4_000,
  keysMax: 4_000,
  valuesPerKeyMax: 1_000,
  /** Characters of a value; longer ones are not compared. */
  valueCharactersMax: 256,
  /** Of the answer. */
  differencesMax: 20,
  alikeMax: 8,
  examplesMax: 5,
} as const;

/** Answers are compressed for askers that are not on this machine, when it saves more than it costs. */
export const COMPRESSION_LIMITS = {
  bytesMin: 16 * KiB,
  /** Answers being compressed at once; what comes beyond it is sent as it is. */
  atOnceMax: 4,
} as const;

export const STORE_LIMITS = {
  /** Rows of one answer of the engine, where the caller gives no smaller bound. */
  resultRowsMax: 200_000,
  /** Bytes of one answer of the engine, before it is JSON. */
  resultBytesMax: 256 * MiB,
  /** Memory of the engine for one query. */
  queryMemoryBytesMax: 512 * MiB,
  /** Parts a table (one a partition and insert) whose insert tokens the engine remembers. */
  deduplicationWindow: 1_000,
  /** How long a cluster remembers them; a single node forgets none for its age. */
  deduplicationWindowSeconds: 7 * 86_400,
  /** Inserts that run at once. */
  insertsMax: 2,
  /** With less room on its disk than this, the embedded engine's inserts are looked at afterwards. */
  doubtFreeBytes: 512 * MiB,
  /** With less than this, or than this share of a small disk, nothing is merged. */
  mergeFreeBytesMin: 256 * MiB,
  mergeFreeShareMin: 0.1,
  /** A request to a remote server, from its start to the end of the answer. */
  requestMsMax: 120_000,
  /** How long one process may take to migrate a cluster, and how often another looks whether it is done. */
  migrationLockMsMax: 600_000,
  migrationLockPollMs: 1_000,
  /** Inserts that wait for one of those. */
  insertsWaitingMax: 64,
} as const;

/** Sightglass's own logs, metrics and spans. */
export const TELEMETRY_LIMITS = {
  /** Records of one message and level that are written in one window; the rest is counted. */
  recordsPerMessageMax: 20,
  messageWindowMs: 10_000,
  /** Different messages whose rate is tracked at once. */
  messagesMax: 512,
  logValueCharactersMax: 8 * KiB,
  /** Label sets of one metric; what comes after is counted under the label value "other". */
  seriesPerMetricMax: 256,
  labelValueCharactersMax: 256,
  /** Names of one component that are told of what it counts of itself, and those of all components. */
  statisticsPerComponentMax: 64,
  statisticsMax: 4_096,
  /** Finished spans and log records that wait for the next export; the oldest go first. */
  pendingSpansMax: 2_048,
  pendingLogsMax: 2_048,
  attributesPerSpanMax: 32,
  /** Traces begun in one second under one name; spans beyond it are not recorded. */
  tracesPerNamePerSecondMax: 5,
  spanNamesMax: 256,
} as const;

/** The attribute catalogue keeps values while a key has few and short ones. */
export const CATALOGUE_LIMITS = {
  hoursMax: 4,
  keysMax: 2_048,
  valuesPerKeyMax: 256,
  /** Values of all keys of an hour. */
  valuesMax: 32_768,
  valueBytesMax: 128,
  /** Resources and series that wait to be counted. */
  listsMax: 4_096,
  /** Rows of one group up to which every row is counted; above, every n-th stands for n. */
  rowsExactMax: 1_000,
} as const;

/** Statistics that the encoder gathers are written with the next group after this long. */
export const AGGREGATE_LIMITS = {
  waitMsMax: 1_000,
  /** Spans remembered for matching a parent to its child in another service; the older half is forgotten. */
  spansRememberedMax: 1 << 19,
  edgesMax: 20_000,
  servicesMax: 10_000,
  callsWaitingMax: 1 << 16,
} as const;

/** What the OTLP doors allow beside the size of a request. */
export const DOOR_LIMITS = {
  /** Values of one JSON body: what parsing makes of a value is larger than its text. */
  jsonValuesMax: 2_000_000,
  /** From the first byte of a request to the last of its body. */
  requestMsMax: 120_000,
  keepAliveMsMax: 75_000,
  connectionsMax: 10_000,
  /** How much more of a refused body is read (and dropped), so that the answer arrives. */
  lingerBytesMax: 1 * MiB,
  lingerMsMax: 2_000,
  /** How long requests in flight may take when the doors close. */
  drainMsMax: 10_000,
  /** What a sender is asked to wait when the cause of an overload gave no time. */
  retryAfterSecondsDefault: 5,
  /** gRPC: calls at once on one connection, and bytes that a sender may have under way. */
  callsPerConnectionMax: 128,
  callWindowBytes: 1 * MiB,
  connectionWindowBytes: 8 * MiB,
  /** gRPC: how long a connection may go without a call. */
  connectionIdleMsMax: 300_000,
  /** gRPC: how often calls that are being read are looked over for slow senders. */
  sweepMs: 1_000,
  statusMessageCharactersMax: 1_024,
} as const;

/** The store destination gathers journal records up to these before it inserts them. */
export const STORE_INSERT_LIMITS = {
  rowsMax: 50_000,
  bytesMax: 32 * MiB,
  ageMsMax: 400,
  /** Insert files of a table kept to be written over, and the bytes from which on it is worth it. */
  sparesMax: 2,
  spareBytesMin: 256 * KiB,
  /** Plans under way at once: one insert session each. */
  plansMax: 2,
  /** Of the blocks that the store will not take, and how many; the oldest go first. */
  deadLetterBytesMax: 256 * MiB,
  deadLettersMax: 10_000,
  retryMsMin: 200,
  retryMsMax: 10_000,
  /** How long a stop goes on inserting what the journal has. The rest is inserted after the next start. */
  drainMsMax: 5_000,
} as const;

/** A graph of components. */
export const GRAPH_LIMITS = {
  /** Receivers, processors, or destinations. */
  componentsMax: 256,
  /** Of a component's name: with what is put behind it, it is that of a file of a journal's, of 64 at most. */
  nameCharactersMax: 56,
  pipelinesMax: 32,
} as const;

/** What is told as it happens, to those who listen: `GET /api/v1/tail`. */
export const LIVE_LIMITS = {
  /** Streams that are open at once; above it 429. */
  streamsMax: 100,
  /** Searches whose rows are gathered, those that nobody listens to any more included. */
  searchesMax: 128,
  /** How long rows of a search are gathered on for those who come back. */
  lingerMs: 30_000,
  /** Rows of one search in a second, up to a second's worth at once; those beyond are counted. */
  rowsPerSecondMax: 2_500,
  /** The part of the time that may be spent on looking for rows; what comes then is not looked at, and counted. */
  lookShareMax: 0.05,
  /** Of a row's text as JSON. Texts in it are cut so that it fits. */
  rowBytesMax: 64 * KiB,
  textCharactersMax: 8 * KiB,
  /** Rows, and their bytes, that are kept of each search for those who come back. */
  keptRowsMax: 1_000,
  keptBytesMax: 512 * KiB,
  /** How long rows are gathered before they are sent, and of how many bytes on they are sent at once. */
  gatherMs: 100,
  gatherBytesMax: 256 * KiB,
  /** Bytes that wait for one who reads too slowly, more than a second's rows; those beyond are counted. */
  waitingBytesMax: 2 * MiB,
  /** How long one may read nothing at all; an idle one is sent heartbeats meanwhile. */
  stalledMsMax: 30_000,
  heartbeatMs: 15_000,
  /** How often it is said how everything is doing, and that there are new rows. */
  pulseMs: 2_000,
} as const;
