package io.pgvigil.archive.facts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Which bytes of an archive make a smaller archive with some of its data.
///
/// Header, table of contents and the wanted blocks in their old order are an archive that
/// `pg_restore` reads, provided that it is told (`--use-list`, `--table`) to leave out the data that
/// is not there. That holds for archives written to a pipe: those written to a file record where
/// each block was.
///
/// @param ranges of the uncompressed archive, ascending, neither touching nor overlapping
public record Splice(List<Range> ranges) {
    /// @param offset of the first byte
    public record Range(long offset, long length) {}

    public Splice {
        ranges = List.copyOf(ranges);
    }

    /// Header and table of contents together are the first so many bytes.
    public static long prologBytes(ArchiveFacts facts) {
        return facts.blocks().stream()
                .mapToLong(ArchiveFacts.BlockPosition::offset)
                .min()
                .orElse(facts.archiveBytes());
    }

    /// Header, table of contents and the blocks of these entries.
    ///
    /// @param dumpIds of entries with data
    public static Splice of(ArchiveFacts facts, Set<Integer> dumpIds) {
        var wanted =
                facts.blocks().stream()
                        .filter(block -> dumpIds.contains(block.dumpId()))
                        .sorted(Comparator.comparingLong(ArchiveFacts.BlockPosition::offset))
                        .toList();
        if (wanted.size() != dumpIds.size())
            throw new IllegalArgumentException(
                    "of the entries %s only %d have data".formatted(dumpIds, wanted.size()));
        var ranges = new ArrayList<Range>();
        ranges.add(new Range(0, prologBytes(facts)));
        for (var block : wanted) {
            var last = ranges.getLast();
            if (last.offset() + last.length() == block.offset())
                ranges.set(
                        ranges.size() - 1,
                        new Range(last.offset(), last.length() + block.length()));
            else ranges.add(new Range(block.offset(), block.length()));
        }
        return new Splice(ranges);
    }

    public long bytes() {
        return ranges.stream().mapToLong(Range::length).sum();
    }
}
