/**
 * The embedded engine's server settings, as its command line takes them. Its defaults are those of a
 * machine of its own: caches of 5 GiB each, which count against the memory bound without giving way
 * to what a query needs, and hundreds of idle threads. `docs/decisions/006-the-embedded-engine-kept-small.md` has the measurements.
 */
export function engineArguments(memoryBytesMax: number, processors: number): string[] {
  const share = (parts: number): number => Math.floor(memoryBytesMax / parts);
  const settings = {
    max_server_memory_usage: memoryBytesMax,
    // Above it no merge is begun, so that merges leave room for inserts.
    merges_mutations_memory_usage_soft_limit: share(2),
    background_pool_size: Math.min(8, Math.max(2, Math.floor(processors / 2))),
    mark_cache_size: share(16),
    primary_index_cache_size: share(32),
    index_mark_cache_size: share(32),
    text_index_header_cache_size: share(32),
    text_index_postings_cache_size: share(32),
    text_index_tokens_cache_size: share(32),
    query_condition_cache_size: share(64),
    compiled_expression_cache_size: share(64),
    unique_key_index_cache_size_bytes: 0,
    vector_similarity_index_cache_size: 0,
    iceberg_metadata_files_cache_size: 0,
    parquet_metadata_cache_size: 0,
    // Each table asks for merges ten times a second, and after each insert anyway; and as often for
    // parts to move and streams to feed, of which there are none: 0.3 % of a core, idle.
    background_processing_pool_thread_sleep_seconds_if_nothing_to_do: 1,
    background_move_processing_pool_thread_sleep_seconds_if_nothing_to_do: 600,
    background_streaming_processing_pool_thread_sleep_seconds_if_nothing_to_do: 600,
    // 103 threads become 47, and idle memory 5 MB less.
    max_thread_pool_free_size: 8,
    // 0.2 % of a core at its default of 50 ms, for a correction of the memory count.
    memory_worker_period_ms: 1_000,
  };
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}
