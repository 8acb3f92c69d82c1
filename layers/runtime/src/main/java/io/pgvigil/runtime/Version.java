package io.pgvigil.runtime;

/// The version that manifests and `--version` name; a test keeps it equal to the pom's.
public final class Version {
    public static final String CURRENT = "0.1.0";

    private Version() {}
}
