package io.pgvigil.archive.facts;

/// One large object. Owner and privileges are compared through the entries that carry them.
///
/// @param oid 0 to 2^32-1
/// @param owner the owner named by the entry that lists the object, empty when none does
public record LargeObjectFacts(long oid, String owner, long size, Fingerprint fingerprint) {}
