package io.pgvigil.archive;

/// Version of the archive format: major.minor.revision. PostgreSQL 15 writes 1.14, 16 writes 1.15,
/// 17 writes 1.16.
public record ArchiveVersion(int major, int minor, int revision)
        implements Comparable<ArchiveVersion> {

    @Override
    public int compareTo(ArchiveVersion other) {
        var order = Integer.compare(major, other.major);
        if (order == 0) order = Integer.compare(minor, other.minor);
        return order != 0 ? order : Integer.compare(revision, other.revision);
    }

    public boolean atLeast(int major, int minor) {
        return compareTo(new ArchiveVersion(major, minor, 0)) >= 0;
    }

    @Override
    public String toString() {
        return major + "." + minor + (revision == 0 ? "" : "-" + revision);
    }
}
