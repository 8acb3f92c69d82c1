package io.pgvigil.postgres;

import java.util.regex.Pattern;

/// A version of PostgreSQL as the server counts it (`server_version_num`): 150020 is 15.20.
public record ServerVersion(int number) implements Comparable<ServerVersion> {
    // "pg_dump (PostgreSQL) 15.20 (Debian 15.20-1)", "18beta1", "postgres (PostgreSQL) 19devel",
    // "9.6.24"
    private static final Pattern TEXT =
            Pattern.compile(
                    "(?:^|\\) )(?<major>\\d{1,3})(?:\\.(?<minor>\\d{1,4}))?(?:\\.(?<patch>\\d{1,3}))?");

    public ServerVersion {
        if (number < 60_000 || number > 9_999_999)
            throw new IllegalArgumentException("not a server version number: " + number);
    }

    public static ServerVersion of(int major, int minor) {
        return new ServerVersion(major * 10_000 + minor);
    }

    /// Reads a version's text or what a program prints for `--version`. A beta counts as minor 0.
    public static ServerVersion parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.find())
            throw new IllegalArgumentException("no PostgreSQL version in '" + text + "'");
        var major = Integer.parseInt(match.group("major"));
        var minor = match.group("minor") == null ? 0 : Integer.parseInt(match.group("minor"));
        var patch = match.group("patch") == null ? 0 : Integer.parseInt(match.group("patch"));
        return major < 10
                ? new ServerVersion(major * 10_000 + minor * 100 + patch)
                : of(major, minor);
    }

    public int major() {
        return number / 10_000;
    }

    public int minor() {
        return number % 10_000;
    }

    @Override
    public int compareTo(ServerVersion other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return major() < 10
                ? major() + "." + minor() / 100 + "." + minor() % 100
                : major() + "." + minor();
    }
}
