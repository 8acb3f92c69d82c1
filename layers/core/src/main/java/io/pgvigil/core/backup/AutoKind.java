package io.pgvigil.core.backup;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import java.util.Optional;

/// Which kind of backup is made when nobody names one.
///
/// A dump can be restored table by table, anywhere, and is proven by what it says; but it takes as long
/// as reading every row and building every index again. Above [#LARGE] that is too long for most, and
/// the whole server is copied instead, where it allows that.
///
/// @param large a database of this many bytes is large
public record AutoKind(long large) {
    /// 100 GiB: about a quarter of an hour of dumping on one core, and hours of building indexes again.
    public static final long LARGE = 100L << 30;

    public static final AutoKind STANDARD = new AutoKind(LARGE);

    /// How a manifest's notice about the choice begins.
    public static final String NOTICE = "kind auto: ";

    /// What is known of a server.
    ///
    /// @param largest bytes of the largest of the databases that are to be backed up
    /// @param obstacle why the server cannot be copied as a whole, in words; empty: it can
    public record Facts(long largest, Optional<String> obstacle) {}

    /// @param why in words, after `kind auto: `
    public record Choice(BackupKind kind, String why) {}

    /// Whether it matters what keeps the server from being copied.
    public boolean isLarge(long bytes) {
        return bytes >= large;
    }

    public Choice decide(Facts facts) {
        var size = "the largest database has " + ByteSize.of(facts.largest());
        if (!isLarge(facts.largest()))
            return new Choice(
                    BackupKind.LOGICAL,
                    "logical, because " + size + ", less than " + ByteSize.of(large));
        return facts.obstacle()
                .map(obstacle ->
                        new Choice(
                                BackupKind.LOGICAL, "logical, although " + size + ": " + obstacle))
                .orElseGet(() ->
                        new Choice(
                                BackupKind.PHYSICAL,
                                "physical, because "
                                        + size
                                        + ", "
                                        + ByteSize.of(large)
                                        + " or more"));
    }
}
