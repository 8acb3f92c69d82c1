package io.pgvigil.postgres;

/// What the role we came as may do.
///
/// @param readsEverything superuser or, from 14 on, a member of `pg_read_all_data`
/// @param readsPasswords whether `pg_authid` is open to it, so that globals can hold password hashes;
///     from 14 on `pg_read_all_data` opens it
public record RoleFacts(
        String name,
        boolean superuser,
        boolean bypassesRowSecurity,
        boolean replication,
        boolean readsEverything,
        boolean readsPasswords) {}
