package io.pgvigil.postgres;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import java.util.Optional;

/// One database as its server describes it.
///
/// @param localeProvider `libc`, `icu` or `builtin`; before 15 always `libc`
/// @param locale the ICU or built-in locale, where that is the provider
/// @param collationVersion what the database was created with; differs from `currentCollationVersion`
///     after an upgrade of the operating system, when indexes on text may be in the wrong order
public record DatabaseFacts(
        DatabaseName name,
        String owner,
        String encoding,
        String collate,
        String ctype,
        String localeProvider,
        Optional<String> locale,
        Optional<String> collationVersion,
        Optional<String> currentCollationVersion,
        ByteSize size,
        long tables,
        long largeObjects) {}
