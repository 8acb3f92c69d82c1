package io.pgvigil.archive.tar;

import io.pgvigil.archive.ArchiveException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Follows a tar archive that is handed over piece by piece, however it is cut.
///
/// Reads what pg_basebackup and servers from 13 on write: ustar with files, folders and symbolic links.
/// Anything else is an [ArchiveException], and so is an archive that ends early.
public final class TarScanner {
    private static final int BLOCK = 512;

    private final TarListener listener;
    private final byte[] header = new byte[BLOCK];
    private int headerLength;
    private long offset;
    private long contentLeft;
    private int paddingLeft;
    private int emptyBlocks;
    private @Nullable TarMember current;

    public TarScanner(TarListener listener) {
        this.listener = listener;
    }

    public void feed(byte[] bytes, int from, int length) {
        var position = from;
        var end = from + length;
        while (position < end) {
            if (contentLeft > 0) position += content(bytes, position, end);
            else if (paddingLeft > 0) position += padding(end - position);
            else position += header(bytes, position, end);
        }
    }

    /// The archive is over.
    public void finish() {
        finishPart();
        // Some writers leave out one of the two empty blocks, or pad with more.
        if (emptyBlocks == 0) throw truncated("the tar archive has no end");
    }

    /// What was fed is over, and was cut out of an archive between two members.
    public void finishPart() {
        if (contentLeft > 0 || paddingLeft > 0 || headerLength > 0)
            throw truncated("the tar archive ends within a member");
    }

    /// How much of the archive has been read.
    public long bytes() {
        return offset;
    }

    private int content(byte[] bytes, int position, int end) {
        var piece = (int) Math.min(contentLeft, end - position);
        listener.content(bytes, position, piece);
        contentLeft -= piece;
        offset += piece;
        if (contentLeft == 0) ended();
        return piece;
    }

    private int padding(int available) {
        var piece = Math.min(paddingLeft, available);
        paddingLeft -= piece;
        offset += piece;
        return piece;
    }

    private int header(byte[] bytes, int position, int end) {
        var piece = Math.min(BLOCK - headerLength, end - position);
        System.arraycopy(bytes, position, header, headerLength, piece);
        headerLength += piece;
        offset += piece;
        if (headerLength == BLOCK) {
            headerLength = 0;
            member();
        }
        return piece;
    }

    private void member() {
        if (isEmpty()) {
            emptyBlocks++;
            return;
        }
        if (emptyBlocks > 0) throw damaged("something follows the end of the tar archive");
        if (!checksumFits()) throw damaged("the checksum of a member's header is wrong");
        var member =
                new TarMember(
                        offset - BLOCK,
                        name(),
                        type(),
                        size(),
                        (int) octal(100, 8),
                        text(157, 100));
        current = member;
        contentLeft = member.size();
        paddingLeft = (int) (-member.size() & (BLOCK - 1));
        listener.begins(member);
        if (contentLeft == 0) ended();
    }

    private void ended() {
        var member = current;
        current = null;
        if (member != null) listener.ends(member);
    }

    private boolean isEmpty() {
        for (var b : header) if (b != 0) return false;
        return true;
    }

    private boolean checksumFits() {
        var sum = 0L;
        for (var i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xFF;
        return sum == octal(148, 8);
    }

    private String name() {
        var prefix =
                new String(header, 257, 5, StandardCharsets.US_ASCII).equals("ustar")
                        ? text(345, 155)
                        : "";
        var name = text(0, 100);
        if (name.isEmpty()) throw damaged("a member has no name");
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private TarMember.Type type() {
        return switch (header[156]) {
            case '0', 0 -> TarMember.Type.FILE;
            case '5' -> TarMember.Type.FOLDER;
            case '2' -> TarMember.Type.LINK;
            default ->
                    throw new ArchiveException(
                            ArchiveException.Kind.UNSUPPORTED_CONTENT,
                            offset,
                            "member " + name() + " is of type '" + (char) header[156] + "'");
        };
    }

    private long size() {
        var size = (header[124] & 0x80) == 0 ? octal(124, 12) : binary(124, 12);
        if (size < 0) throw damaged("member " + name() + " has a size below zero");
        if (size > 0 && type() != TarMember.Type.FILE)
            throw damaged("member " + name() + " is no file and has content");
        return size;
    }

    /// Sizes from 8 GB on do not fit in octal digits.
    private long binary(int from, int length) {
        var value = header[from] & 0x7FL;
        for (var i = from + 1; i < from + length; i++) value = value << 8 | header[i] & 0xFF;
        return value;
    }

    private long octal(int from, int length) {
        var digits = text(from, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw damaged("a header has '" + digits + "' where a number belongs");
        }
    }

    private String text(int from, int length) {
        var end = from;
        while (end < from + length && header[end] != 0) end++;
        return new String(Arrays.copyOfRange(header, from, end), StandardCharsets.UTF_8);
    }

    private ArchiveException truncated(String what) {
        return new ArchiveException(ArchiveException.Kind.TRUNCATED, offset, what);
    }

    private ArchiveException damaged(String what) {
        return new ArchiveException(ArchiveException.Kind.DAMAGED, offset, what);
    }
}
