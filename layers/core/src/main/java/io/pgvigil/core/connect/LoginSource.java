package io.pgvigil.core.connect;

/// Where a login comes from each time one is needed.
///
/// What opens a server now may not open it in an hour: a token expires, a password is rotated. So
/// whoever connects, or starts a program that does, asks right before, and keeps what he got no
/// longer than that.
public interface LoginSource {

    /// Where it leads; asking costs nothing.
    Endpoint endpoint();

    /// A login that opens connections now. Throws `SECRET_NOT_FOUND` when there is none to be had.
    Login login();

    /// Whether two logins may differ, so that a program which connects again much later than it began
    /// must expect to be turned away.
    default boolean changes() {
        return true;
    }
}
